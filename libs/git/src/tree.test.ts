// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { parseTree } from './tree.ts'

const sha = Buffer.alloc(20, 7)

function encode(...entries: [mode: string, name: string | Buffer][]): Buffer {
  return Buffer.concat(
    entries.flatMap(([mode, name]) => [Buffer.from(`${mode} `), Buffer.from(name), Buffer.of(0), sha]),
  )
}

const refused = (text: string) =>
  expect.objectContaining({ code: 'InvalidObject', message: expect.stringContaining(text) })

describe('parseTree', () => {
  it('reads every kind of entry and normalises old modes', () => {
    const data = encode(
      ['100644', 'a'],
      ['100755', 'b'],
      ['100664', 'c'],
      ['120000', 'd'],
      ['160000', 'e'],
      ['40000', 'f'],
      ['040000', 'g'],
    )
    expect(parseTree(data, '').map(({ name, mode }) => [name, mode.toString(8)])).toEqual([
      ['a', '100644'],
      ['b', '100755'],
      ['c', '100644'],
      ['d', '120000'],
      ['e', '160000'],
      ['f', '40000'],
      ['g', '40000'],
    ])
    expect(parseTree(data, '')[0]?.sha.equals(sha)).toBe(true)
    expect(parseTree(Buffer.alloc(0), '')).toEqual([])
  })
  const disguised = [
    '.git::$INDEX_ALLOCATION',
    '.git .. ',
    'GIT~1',
    'git~1.',
    '.git\\x',
    '.g\u200cit',
    '\ufeff.Git\u200d',
  ]
  it.each(['', '.', '..', '.git', '.GIT', '.Git', '.git.', '.git ', 'a/b', '/', ...disguised])(
    'refuses the name %j',
    (name) => {
      expect(() => parseTree(encode(['100644', name]), 'apps')).toThrow(
        refused('the tree of "apps" has an entry of the name'),
      )
    },
  )
  it.each([
    '.git-x',
    'git~2',
    'git',
    'x.git',
    '.gitmodules',
    '.gitignore',
    '.github',
    '...',
    '..a',
    'a\\b',
    ' ',
    'C:',
    '-x',
    'ü',
    'a\nb',
  ])('takes the name %j', (name) => {
    expect(parseTree(encode(['100644', name]), '')[0]?.name).toBe(name)
  })
  it('refuses a name that stands twice, as file and directory too', () => {
    expect(() => parseTree(encode(['100644', 'a'], ['100644', 'a']), '')).toThrow(refused('has "a" twice'))
    expect(() => parseTree(encode(['100644', 'a'], ['100644', 'a.b'], ['40000', 'a']), '')).toThrow(
      refused('"a" twice'),
    )
  })
  it('sorts as Git does what a broken tool left unsorted', () => {
    const names = (data: Buffer) => parseTree(data, '').map(({ name }) => name)
    expect(names(encode(['40000', 'a'], ['100644', 'a.b'], ['100644', 'a0']))).toEqual(['a.b', 'a', 'a0'])
    expect(names(encode(['100644', 'b'], ['100644', 'a']))).toEqual(['a', 'b'])
  })
  it.each([
    ['an unknown mode', encode(['100000000', 'a'])],
    ['a mode that is no number', encode(['10064x', 'a'])],
    ['a device', encode(['060000', 'a'])],
    ['a cut id', encode(['100644', 'a']).subarray(0, -1)],
    ['no end of the name', Buffer.from('100644 abc')],
    ['no space', Buffer.from('100644')],
  ])('refuses %s', (_name, data) => {
    expect(() => parseTree(data, '')).toThrow(refused('the tree of the root directory'))
  })
  it('reads bytes that are not UTF-8 as replacement characters', () => {
    expect(parseTree(encode(['100644', Buffer.from([0x61, 0xff])]), '')[0]?.name).toBe('a\ufffd')
  })
})
