// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { filterEntries, ignoreMatcher, readTree, unpackArchive, writeArchive } from './index.ts'
import type { ArchiveEntry, WrittenArchive } from './index.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'archive-'))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

async function write(entries: Iterable<ArchiveEntry>): Promise<WrittenArchive & { bytes: Buffer }> {
  const file = join(root, 'out.tar.gz')
  const written = await writeArchive(entries, file)
  return { ...written, bytes: await readFile(file) }
}

function file(path: string, content = `${path}\n`, mode = 0o100644): ArchiveEntry {
  return { path, mode, content: Buffer.from(content) }
}

describe('writeArchive', () => {
  it('writes the tar that Flux writes, byte for byte', async () => {
    const theirs = readFileSync(new URL('../testdata/flux.tar.gz', import.meta.url))
    const directory = join(root, 'tree')
    const index = await unpackArchive(Readable.from([theirs]), directory)
    expect(index.files.length).toBe(12)
    await symlink('app.yaml', join(directory, 'link.yaml'))
    await writeArchive(readTree(directory), join(root, 'ours.tar.gz'))
    const ours = await readFile(join(root, 'ours.tar.gz'))
    expect(gunzipSync(ours).equals(gunzipSync(theirs))).toBe(true)
  })

  it('measures what it wrote', async () => {
    const { bytes, digest, sizeBytes, index } = await write([file('a/b.yaml', 'x'), file('run.sh', '', 0o100755)])
    expect(digest).toBe(`sha256:${createHash('sha256').update(bytes).digest('hex')}`)
    expect(sizeBytes).toBe(bytes.length)
    expect(index).toEqual({
      version: 1,
      files: [
        { path: 'a/b.yaml', sha256: createHash('sha256').update('x').digest('hex'), mode: 0o600, size: 1 },
        { path: 'run.sh', sha256: createHash('sha256').digest('hex'), mode: 0o700, size: 0 },
      ],
      directories: ['a'],
    })
    expect((await stat(join(root, 'out.tar.gz'))).mode & 0o777).toBe(0o600)
  })

  it('writes the same bytes for whole and streamed contents, cut anywhere', async () => {
    const content = Buffer.from('0123456789'.repeat(200))
    const whole = await write([{ path: 'a', mode: 0o644, content }])
    const bytewise = Readable.from(Array.from(content, (byte) => Buffer.from([byte])))
    const streamed = await write([{ path: 'a', mode: 0o644, size: content.length, content: bytewise }])
    expect(streamed.digest).toBe(whole.digest)
    expect(streamed.index).toEqual(whole.index)
  })

  it('asks for a content only when it is needed, and leaves out links and submodules', async () => {
    const asked: string[] = []
    const lazy = (path: string, mode: number): ArchiveEntry => ({
      path,
      mode,
      size: 1,
      content: () => {
        asked.push(path)
        return Promise.resolve(Readable.from([Buffer.from('x')]))
      },
    })
    const entries = [lazy('a', 0o100755), lazy('b/link', 0o120000), lazy('c.png', 0o100644), lazy('module', 0o160000)]
    const filtered = filterEntries(entries, ignoreMatcher())
    const { index } = await writeArchive(filtered, new PassThrough().resume())
    expect(index).toMatchObject({ files: [{ path: 'a', mode: 0o700 }], directories: ['b'] })
    expect(asked).toEqual(['a'])
  })

  it('gives the digest of another hasher, which sees what is written', async () => {
    const seen: Uint8Array[] = []
    const hasher = { algorithm: 'none', update: (chunk: Uint8Array) => void seen.push(chunk), hex: () => 'f00d' }
    const { digest, sizeBytes } = await writeArchive([file('a')], new PassThrough().resume(), { hasher })
    expect([digest, Buffer.concat(seen).length]).toEqual(['none:f00d', sizeBytes])
  })

  it('writes an empty archive', async () => {
    const { index, bytes } = await write([])
    expect(index).toEqual({ version: 1, files: [], directories: [] })
    expect(gunzipSync(bytes).length).toBe(3 * 512)
  })

  it.each<[string, string, readonly ArchiveEntry[]]>([
    ['InvalidPath', 'is absolute', [file('/a')]],
    ['InvalidPath', 'leaves the root', [file('a/../../b')]],
    ['InvalidPath', 'holds a backslash', [file('a\\b')]],
    ['InvalidPath', 'holds a NUL', [file('a\0b')]],
    ['InvalidPath', 'is not normal', [file('./a')]],
    ['InvalidPath', 'is empty', [file('')]],
    ['EntryOrder', 'sorts before', [file('b'), file('a')]],
    ['EntryOrder', 'sorts before', [file('a/b'), file('a-c')]],
    ['PathClash', 'is there twice', [file('a'), file('a')]],
    ['PathClash', 'both a file and a directory', [file('a'), file('a.b'), file('a/b')]],
    ['PathClash', 'both a file and a directory', [file('a'), { path: 'a', directory: true }]],
    ['SizeMismatch', 'must be given', [{ path: 'a', mode: 0, content: Readable.from([]) }]],
    [
      'SizeMismatch',
      'to have 2 bytes, but has 1',
      [{ path: 'a', mode: 0, size: 2, content: Readable.from([Buffer.from('x')]) }],
    ],
    [
      'SizeMismatch',
      'but has more than 0',
      [{ path: 'a', mode: 0, size: 0, content: Readable.from([Buffer.from('x')]) }],
    ],
  ])('refuses with %s: %s', async (code, message, entries) => {
    await expect(write(entries)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('reports a full disk', async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('ENOSPC: no space'), { code: 'ENOSPC' })),
    })
    await expect(writeArchive([file('a')], full)).rejects.toMatchObject({ code: 'NoSpace' })
  })

  it('stops when aborted', async () => {
    const abort = new AbortController()
    const endless = async function* (): AsyncGenerator<ArchiveEntry> {
      for (let at = 0; ; at += 1) {
        if (at === 1000) abort.abort(new Error('enough'))
        yield file(String(at).padStart(9, '0'))
      }
    }
    const writing = writeArchive(endless(), new PassThrough().resume(), { signal: abort.signal })
    await expect(writing).rejects.toMatchObject({ name: 'AbortError' })
  })
})

describe('readTree', () => {
  it('reads in the order of Git, without links, and leaves out what is ignored', async () => {
    for (const path of ['a', 'a/deep', 'hollow', 'pics']) await mkdir(join(root, path), { recursive: true })
    for (const path of ['a/x', 'a/deep/keep', 'a-b', 'a.b', 'pics/x.png', 'Z']) await writeFile(join(root, path), path)
    await symlink('/etc/passwd', join(root, 'link'))
    const ignored = ignoreMatcher({ specIgnore: '*.png\n/a/deep\n!/a/deep/keep' })
    const found: string[] = []
    for await (const entry of readTree(root, { ignored }))
      found.push('directory' in entry ? `${entry.path}/` : entry.path)
    expect(found).toEqual(['Z', 'a-b', 'a.b', 'a/', 'a/deep/keep', 'a/x', 'hollow/', 'pics/'])
  })

  it('gives the same archive as filtering a list', async () => {
    const paths = ['a-b', 'a/b/c', 'a/d.png', 'e/f.png']
    for (const path of paths) {
      await mkdir(join(root, 'tree', path, '..'), { recursive: true })
      await writeFile(join(root, 'tree', path), path)
    }
    const ignored = ignoreMatcher({ specIgnore: '*.png' })
    const fromDisk = await writeArchive(readTree(join(root, 'tree'), { ignored }), join(root, '1'))
    const list = paths.map((path) => file(path, path))
    const fromList = await writeArchive(filterEntries(list, ignored), join(root, '2'))
    expect(fromList).toEqual(fromDisk)
    expect(fromDisk.index.directories).toEqual(['a', 'a/b', 'e'])
  })
})
