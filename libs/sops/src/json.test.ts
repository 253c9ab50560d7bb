// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, dictionary, jsonValue, property, string } from 'fast-check'
import { parseJsonObject } from './json-parser.ts'
import { printJson } from './json-printer.ts'

describe('JSON', () => {
  it('comes out as it went in', () => {
    assert(
      property(dictionary(string({ unit: 'binary' }), jsonValue()), (value) => {
        const text = JSON.stringify(value)
        expect(JSON.parse(printJson(parseJsonObject(text)))).toEqual(JSON.parse(text))
      }),
    )
  })
  it('keeps the order of keys, keys that stand twice, and large integers', () => {
    const text = '{"2": 9223372036854775807, "1": -9223372036854775808, "2": 1.0, "big": 9223372036854775808}'
    expect(printJson(parseJsonObject(text))).toBe(
      '{\n\t"2": 9223372036854775807,\n\t"1": -9223372036854775808,\n\t"2": 1,\n\t"big": 9223372036854776000\n}\n',
    )
  })
  it('ignores what follows the object, as the real sops', () => {
    expect(printJson(parseJsonObject(' {"a": []} trailing'))).toBe('{\n\t"a": []\n}\n')
  })
  it.each([
    '',
    '[]',
    '"s3cret"',
    '{"a"}',
    '{"a": s3cret}',
    '{"a": "s3cret}',
    '{"a": 1,}',
    '{"a": 01}',
    '{"a": 1e999}',
    '{"a": "\\x"}',
    '{"a": "s3\ncret"}',
  ])('refuses %j without a quote', (text) => {
    const parse = (): unknown => parseJsonObject(text)
    expect(parse).toThrow(expect.objectContaining({ code: 'Malformed', message: expect.not.stringContaining('s3') }))
  })
})
