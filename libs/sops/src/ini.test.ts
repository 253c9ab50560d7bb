// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseIni } from './ini-parser.ts'
import { printIni } from './ini-printer.ts'
import { Branch } from './tree.ts'

const again = (text: string): string => Buffer.from(printIni(parseIni(text))).toString('utf8')

describe('INI', () => {
  // each printed by the real sops from the same text
  it.each([
    ['[a]\nk=v\n', '[a]\nk = v\n'],
    ['k: v', 'k = v\n'],
    ['[a]\nlong_key = 1\nk=2\n[b]\nx=1\n', '[a]\nlong_key = 1\nk        = 2\n\n[b]\nx = 1\n'],
    ['# one\n; two\n[a]\nk = v ; three\n', '; one\n; two\n[a]\n; three\nk = v\n'],
    ['[a]\nk = """two\nlines"""\nj = `a;b`\n', '[a]\nk = """two\nlines"""\nj = `a;b`\n'],
    ['[a]\nk = one \\\n two\n', '[a]\nk = one two\n'],
    ['[a]\nk = \'quoted\'\nj = "  x "\n', '[a]\nk = quoted\nj = "  x "\n'],
    ['[a]\nk=1\nk=2\n', '[a]\nk = 2\n'],
    ['[a]\nk=1\n[a]\nk=2\n', '[a]\nk = 1\n\n[a]\nk = 2\n'],
    ['[a]\n`a=b` = 1\n', '[a]\n`a=b` = 1\n'],
    ['\ufeff[a]\nk=\u00a0v\u00a0\n', '[a]\nk = v\n'],
  ])('%j becomes %j', (text, printed) => {
    expect(again(text)).toBe(printed)
  })
  it.each(['[a', '[]\n', 'k', '=v', '`k = v', '[a]\nk = `open'])('refuses %j by line', (text) => {
    expect(() => parseIni(text)).toThrow(
      expect.objectContaining({ code: 'Malformed', message: expect.stringMatching(/^line \d+ of the INI file/) }),
    )
  })
  it('cannot hold lists, mappings or values without a section', () => {
    const inside =
      (value: Branch['items'][number]): (() => unknown) =>
      () =>
        printIni(new Branch([value]))
    expect(inside({ key: 'a', value: 'b' })).toThrow(expect.objectContaining({ code: 'CannotEmit' }))
    const section = new Branch([{ key: 'k', value: [] }])
    expect(inside({ key: 'a', value: section })).toThrow(expect.objectContaining({ code: 'CannotEmit' }))
  })
})
