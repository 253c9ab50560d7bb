// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { pack } from 'tar-stream'
import { changeTree, comparePaths, readTree, unpackArchive, writeArchive } from './index.ts'
import type { ArchiveEntry, ArtifactIndex } from './index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'change-tree-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

/** Contents and modes by path; a path that ends with a slash is a directory. */
type Tree = Readonly<Record<string, { readonly content: string; readonly mode: number }>>

async function archive(tree: Tree): Promise<Buffer> {
  const entries = Object.entries(tree)
    .sort(([one], [other]) => comparePaths(one, other))
    .map(([path, { content, mode }]): ArchiveEntry => {
      if (path.endsWith('/')) return { path: path.slice(0, -1), directory: true }
      return { path, mode, content: Buffer.from(content) }
    })
  await writeArchive(entries, join(root, 'archive'))
  return readFile(join(root, 'archive'))
}

function unpack(bytes: Uint8Array, name: string, base?: ArtifactIndex): Promise<ArtifactIndex> {
  return unpackArchive(Readable.from([bytes]), join(root, name), base === undefined ? {} : { base })
}

/** What is on disk, as the index of the archive that one would make of it, and the modes of its files. */
async function found(name: string): Promise<{ readonly index: ArtifactIndex; readonly modes: readonly number[] }> {
  const directory = join(root, name)
  const { index } = await writeArchive(readTree(directory), join(root, 'found'))
  const modes = index.files.map(async ({ path }) => (await stat(join(directory, path))).mode & 0o777)
  return { index, modes: await Promise.all(modes) }
}

/** What one tree becomes when it is turned into another by its archive, and what unpacking that gives. */
async function change(before: Tree, after: Tree): Promise<{ readonly made: unknown; readonly wanted: unknown }> {
  for (const name of ['tree', 'staged', 'wanted']) await rm(join(root, name), { recursive: true, force: true })
  const from = await unpack(await archive(before), 'tree')
  const bytes = await archive(after)
  const wanted = await unpack(bytes, 'wanted')
  const to = await unpack(bytes, 'staged', from)
  await changeTree(join(root, 'tree'), { from, to, staged: join(root, 'staged') })
  return { made: { to, ...(await found('tree')) }, wanted: { to: wanted, ...(await found('wanted')) } }
}

const file = (content: string, mode = 0o644): Tree[string] => ({ content, mode })
const large = 'x'.repeat(300_000)

describe('changeTree', () => {
  it.each<[string, Tree, Tree]>([
    [
      'adds, changes and removes',
      { 'a/b/one': file('1'), 'a/two': file('2'), 'c/three': file('3'), z: file('z') },
      { 'a/b/one': file('1'), 'a/two': file('other'), 'd/e/four': file('4'), z: file('z') },
    ],
    ['puts directories for files', { a: file('1'), 'b/c': file('2') }, { 'a/x/y': file('1'), 'b/c/d': file('2') }],
    ['puts files for directories', { 'a/x/y': file('1'), 'b/c/d': file('2') }, { a: file('1'), 'b/c': file('2') }],
    ['changes modes, empties directories', { a: file('1'), 'b/c': file('2') }, { a: file('1', 0o755), 'b/': file('') }],
    [
      'keeps and moves large files',
      { same: file(large), other: file(large) },
      { same: file(large), other: file(`${large}y`) },
    ],
  ])('%s', async (_what, before, after) => {
    const { made, wanted } = await change(before, after)
    expect(made).toEqual(wanted)
  })

  it('turns any tree into any other', async () => {
    // few names, so that they meet: as files, as directories, as both one after the other
    const name = fc.constantFrom('a', 'b', 'a.b')
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'))
    const content = fc.record({ content: fc.constantFrom('', '1', '2'), mode: fc.constantFrom(0o644, 0o755) })
    const tree = fc.dictionary(path, content, { maxKeys: 8 }).map(withoutClashes)
    await fc.assert(
      fc.asyncProperty(tree, tree, async (before, after) => {
        const { made, wanted } = await change(before, after)
        expect(made).toEqual(wanted)
      }),
      { numRuns: 60 },
    )
  })

  it('fails where the tree is not what it is said to be', async () => {
    const from = await unpack(await archive({ a: file('1') }), 'tree')
    await rm(join(root, 'tree/a'))
    const to = await unpack(await archive({ b: file('2') }), 'staged', from)
    await expect(changeTree(join(root, 'tree'), { from, to, staged: join(root, 'staged') })).rejects.toThrow(/ENOENT/)
  })
})

it('leaves a file of an archive that stands there twice as the last one says', async () => {
  const from = await unpack(await archive({ a: file('1'), b: file('2') }), 'tree')
  const tar = pack()
  for (const [name, content] of [
    ['a', 'other'],
    ['a', '1'],
    ['b', '2'],
    ['b', 'other'],
  ] as const)
    tar.entry({ name, mode: 0o644 }, content)
  tar.finalize()
  const to = await unpack(
    gzipSync(Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Uint8Array>))),
    'staged',
    from,
  )
  await changeTree(join(root, 'tree'), { from, to, staged: join(root, 'staged') })
  expect(await readFile(join(root, 'tree/a'), 'utf8')).toBe('1')
  expect(await readFile(join(root, 'tree/b'), 'utf8')).toBe('other')
})

/** Without what would be a file and a directory. */
function withoutClashes(tree: Tree): Tree {
  const paths = Object.keys(tree)
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !paths.some((each) => each.startsWith(`${path}/`))))
}
