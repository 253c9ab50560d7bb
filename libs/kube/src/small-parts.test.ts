// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { deepFreeze } from './deep-freeze.ts'
import { formatRef, refOf } from './object-ref.ts'
import { compareResourceVersions } from './resource-version.ts'
import { parseWarnings } from './warnings.ts'

describe('parseWarnings', () => {
  it('reads one, several and escaped ones, and skips what is none', () => {
    expect(parseWarnings(undefined)).toEqual([])
    expect(parseWarnings('299 - "unknown field \\"foo\\""')).toEqual(['unknown field "foo"'])
    expect(parseWarnings('299 - "a, b", 299 - "c"')).toEqual(['a, b', 'c'])
    expect(parseWarnings(['299 - "a"', '110 x "stale"', 'nonsense'])).toEqual(['a'])
  })
})

describe('compareResourceVersions', () => {
  it('orders as integers of any size', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 2n ** 100n }), fc.bigInt({ min: 1n, max: 2n ** 100n }), (a, b) => {
        const expected = a === b ? 0 : a < b ? -1 : 1
        expect(Math.sign(compareResourceVersions(String(a), String(b)) ?? Number.NaN)).toBe(expected)
      }),
    )
  })
  it('does not order what is not a number', () => {
    expect(compareResourceVersions('abc', 'abc')).toBe(0)
    expect(compareResourceVersions('abc', '1')).toBeUndefined()
    expect(compareResourceVersions('01', '1')).toBeUndefined()
    expect(compareResourceVersions('0', '1')).toBeUndefined()
  })
})

describe('object references', () => {
  it('leave an empty namespace out', () => {
    expect(refOf({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', namespace: '' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Node',
      name: 'n',
    })
    expect(formatRef({ kind: 'Pod', namespace: 'a', name: 'b' })).toBe('Pod/a/b')
    expect(formatRef({ kind: 'Node', name: 'b' })).toBe('Node/b')
  })
})

describe('deepFreeze', () => {
  it('freezes to the bottom and returns the same object', () => {
    const value = { list: [{ a: 1 }], map: { b: { c: null } } }
    expect(deepFreeze(value)).toBe(value)
    expect(Object.isFrozen(value.list[0])).toBe(true)
    expect(Object.isFrozen(value.map.b)).toBe(true)
  })
})
