// SPDX-License-Identifier: Apache-2.0
import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Tree } from './tree.ts'

let scratch = ''
let root = ''

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tree-'))
  root = join(scratch, 'root')
  await mkdir(join(root, 'dir/sub'), { recursive: true })
  await mkdir(join(root, 'links'))
  await writeFile(join(scratch, 'secret'), 'outside')
  await writeFile(join(root, 'a'), 'A')
  await writeFile(join(root, 'dir/b'), 'B')
  await writeFile(join(root, 'dir/ä'), 'umlaut')
  const links: Record<string, string> = {
    file: '../dir/b',
    dir: '../dir',
    chain: 'file',
    out: '../../secret',
    absolute: join(scratch, 'secret'),
    'absolute-inside': join(root, 'a'),
    'out-and-back': '../../root/a',
    'through-link': 'dir/../a',
    'out-of-link': 'dir/../../secret',
    loop: 'loop',
    dangling: 'nothing',
    'dangling-out': '../../nothing',
    'parent-of-file': '../a/..',
  }
  for (const [name, target] of Object.entries(links)) await symlink(target, join(root, 'links', name))
  await symlink('/dev/zero', join(root, 'links/device'))
  execFileSync('mkfifo', [join(root, 'pipe')])
})

afterAll(() => rm(scratch, { recursive: true, force: true }))

const tree = (maxFileBytes = 1000): Tree => new Tree(root, maxFileBytes)

describe('Tree.read', () => {
  it.each([
    ['a', 'A'],
    ['dir/b', 'B'],
    ['dir/ä', 'umlaut'],
    ['links/file', 'B'],
    ['links/chain', 'B'],
    ['links/dir/b', 'B'],
    ['links/through-link', 'A'],
  ])('%s is inside', (path, content) => {
    expect(String(tree().read(path))).toBe(content)
  })

  it.each([
    ['nothing', 'missing'],
    ['a/below-a-file', 'missing'],
    ['dir/nothing/deeper', 'missing'],
    ['dir', 'directory'],
    ['.', 'directory'],
    ['x'.repeat(300), 'missing'],
    ['nul\0byte', 'missing'],
    ['pipe', 'failed'],
    ['links/out', 'outside'],
    ['links/absolute', 'outside'],
    ['links/absolute-inside', 'outside'],
    ['links/out-and-back', 'outside'],
    ['links/out-of-link', 'outside'],
    ['links/device', 'outside'],
    ['links/loop', 'failed'],
    ['links/dangling', 'missing'],
    ['links/dangling-out', 'outside'],
    ['links/parent-of-file', 'missing'],
  ])('%s is %s', (path, kind) => {
    expect(tree().read(path)).toBe(kind)
  })

  it('refuses files over the bound', () => {
    expect(tree(5).read('dir/ä')).toBe('failed')
    expect(String(tree(6).read('dir/ä'))).toBe('umlaut')
  })
})

describe('Tree.list', () => {
  it('orders by bytes and tells directories from all else', () => {
    expect(tree().list('dir')).toEqual([
      { name: 'b', isDirectory: false },
      { name: 'sub', isDirectory: true },
      { name: 'ä', isDirectory: false },
    ])
  })

  it.each([
    ['a', 'file'],
    ['nothing', 'missing'],
    ['links/dangling-out', 'outside'],
  ])('%s is no directory but %s', (path, kind) => {
    expect(tree().list(path)).toBe(kind)
  })
})

describe('Tree.readSet', () => {
  it('starts empty', () => {
    expect(tree().readSet()).toEqual({ files: [], missing: [], directories: [] })
  })

  it('holds what was read, looked for in vain and listed, once and in order', () => {
    const used = tree()
    for (const path of ['dir/b', 'a', 'dir/b', 'nothing', 'a/x']) used.read(path)
    used.list('dir')
    used.stat('dir/sub')
    expect(used.readSet()).toEqual({ files: ['a', 'dir/b'], missing: ['a/x', 'nothing'], directories: ['dir'] })
  })

  it('names a link beside what it leads to, so that an index without links counts as changed', () => {
    const used = tree()
    used.read('links/chain')
    used.list('links/dir')
    expect(used.readSet()).toEqual({
      files: ['dir/b', 'links/chain', 'links/dir'],
      missing: [],
      directories: ['links/dir'],
    })
  })
})

it('throws without a root', () => {
  expect(() => new Tree(join(scratch, 'nowhere'), 1)).toThrow('ENOENT')
})
