// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { pack } from 'tar-stream'
import type { Header } from 'tar-stream'
import { comparePaths, unpackArchive, writeArchive } from './index.ts'
import type { ArchiveEntry, ArtifactIndex, UnpackLimits } from './index.ts'
import { encodeHeader } from './tar/encode-header.ts'

let root: string
let directory: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'archive-'))
  directory = join(root, 'out')
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function unpack(bytes: Uint8Array, limits: UnpackLimits = {}): Promise<ArtifactIndex> {
  return unpackArchive(Readable.from([bytes]), directory, { limits })
}

/** A tar by another tool, gzip'ed. */
async function foreign(...entries: readonly (Partial<Header> & { name: string; content?: string })[]): Promise<Buffer> {
  const tar = pack()
  for (const { content = '', ...headers } of entries) tar.entry(headers, content)
  tar.finalize()
  const parts: Uint8Array[] = []
  for await (const part of tar as AsyncIterable<Uint8Array>) parts.push(part)
  return gzipSync(Buffer.concat(parts))
}

/** One block of a header by us, to be bent. */
function header(path: string, size = 0, bend: (block: Buffer) => void = () => undefined): Buffer {
  const block = encodeHeader({ path, mode: 0o644, size, type: 'file' })
  bend(block)
  block.fill(' ', 148, 156)
  const sum = block.reduce((total, byte) => total + byte, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

const end = Buffer.alloc(1024)

describe('unpackArchive', () => {
  it('reads what writeArchive wrote, whole and byte by byte', async () => {
    const entries: ArchiveEntry[] = [
      { path: `${'d'.repeat(90)}/${'e'.repeat(90)}/grüße 🚀`, mode: 0o755, content: Buffer.from('x'.repeat(700)) },
      { path: 'hollow', directory: true },
      { path: 'z', mode: 0o644, content: Buffer.alloc(300_000, 'z') },
    ]
    const { index } = await writeArchive(entries, join(root, 'a'))
    const bytes = await readFile(join(root, 'a'))
    expect(await unpack(bytes)).toEqual(index)
    expect((await stat(join(directory, index.files[0]?.path ?? ''))).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'z'))).size).toBe(300_000)
    directory = join(root, 'again')
    const bytewise = Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])))
    expect(await unpackArchive(bytewise, directory)).toEqual(index)
  })

  it('reads the names of other tools', async () => {
    const long = `${'p/'.repeat(80)}${'q'.repeat(150)}`
    const index = await unpack(
      await foreign(
        { name: './', type: 'directory' },
        { name: './a//b/', type: 'directory', mode: 0o777 },
        { name: './a/b/c', content: 'c', mode: 0o755 },
        { name: long, content: 'long' },
        { name: 'pax', content: 'p', pax: { path: `${long}/pax`.replace('q'.repeat(150), 'r'), comment: 'x' } },
      ),
    )
    expect(index.files.map(({ path }) => path)).toEqual(['a/b/c', long, `${'p/'.repeat(80)}r/pax`].sort(comparePaths))
    expect(index.files[0]).toMatchObject({ mode: 0o700, size: 1 })
  })

  it('reads GNU long names, base-256 sizes, old files and old directories', async () => {
    const name = `${'n'.repeat(120)}/file`
    const longName = header('././@LongLink', name.length + 1, (block) => block.write('L', 156))
    const binarySize = header('short', 0, (block) => {
      block.fill(0, 124, 136)
      block[124] = 0x80
      block[135] = 3
    })
    const tar = Buffer.concat([
      longName,
      Buffer.from(`${name}\0`),
      Buffer.alloc(512 - name.length - 1),
      binarySize,
      Buffer.from('abc'),
      Buffer.alloc(509),
      header('old', 0, (block) => block.writeUInt8(0, 156)),
      header('olddir/', 0, (block) => block.writeUInt8(0, 156)),
      end,
    ])
    const index = await unpack(gzipSync(tar))
    expect(index.files.map(({ path, size }) => [path, size])).toEqual([
      [name, 3],
      ['old', 0],
    ])
    expect(index.directories).toEqual(['n'.repeat(120), 'olddir'])
  })

  it('passes over links, devices and pipes', async () => {
    const index = await unpack(
      await foreign(
        { name: 'link', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'hard', type: 'link', linkname: 'a' },
        { name: '../../up', type: 'symlink', linkname: '/' },
        { name: 'fifo', type: 'fifo' },
        { name: 'dev', type: 'character-device', devmajor: 1, devminor: 3 },
        { name: 'a', content: 'x' },
      ),
    )
    expect(index.files.map(({ path }) => path)).toEqual(['a'])
    expect(await readdir(directory)).toEqual(['a'])
  })

  it('takes the last of a path that is there twice', async () => {
    const index = await unpack(
      await foreign({ name: 'a', content: 'long first' }, { name: './a', content: '2', mode: 0o755 }),
    )
    expect(index.files).toMatchObject([{ path: 'a', size: 1, mode: 0o700 }])
    expect(await readFile(join(directory, 'a'), 'utf8')).toBe('2')
    expect((await stat(join(directory, 'a'))).mode & 0o777).toBe(0o700)
  })

  it('takes a pending link name away before the next entry', async () => {
    const index = await unpack(
      await foreign({ name: 'l', type: 'symlink', linkname: 'x'.repeat(300) }, { name: 'a', content: 'x' }),
    )
    expect(index.files.map(({ path }) => path)).toEqual(['a'])
  })

  it('accepts several gzip members and padding, but no other bytes behind', async () => {
    const tar = Buffer.concat([header('a', 1), Buffer.from('x'), Buffer.alloc(511), end])
    const members = [gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]
    expect((await unpack(Buffer.concat([...members, Buffer.alloc(100)]))).files.length).toBe(1)
    directory = join(root, 'again')
    const garbage = unpack(Buffer.concat([...members, Buffer.from('garbage')]))
    await expect(garbage).rejects.toMatchObject({ code: 'InvalidArchive' })
  })

  it('accepts whatever follows the end of the tar, as tar does', async () => {
    const tar = Buffer.concat([header('a'), end, Buffer.from('garbage behind the end')])
    expect((await unpack(gzipSync(tar))).files.length).toBe(1)
  })

  it('stops when aborted', async () => {
    const abort = new AbortController()
    const slow = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync(header('a')).subarray(0, 20)
      abort.abort()
      yield Buffer.alloc(1)
    }
    await expect(unpackArchive(slow(), directory, { signal: abort.signal })).rejects.toMatchObject({
      name: 'AbortError',
    })
  })

  it('does not touch a directory that is not empty', async () => {
    await mkdir(directory)
    await writeFile(join(directory, 'mine'), 'x')
    await expect(unpack(await foreign({ name: 'mine' }))).rejects.toMatchObject({ code: 'PathClash' })
    expect(await readFile(join(directory, 'mine'), 'utf8')).toBe('x')
  })
})

describe('unpackArchive refuses', () => {
  it.each([
    ['an absolute name', '/etc/passwd'],
    ['a name that climbs', '../up'],
    ['a name that climbs inside', 'a/../../up'],
    ['a name that ends in a climb', 'a/..'],
    ['a backslash', '..\\up'],
  ])('%s', async (_what, name) => {
    await expect(unpack(await foreign({ name, content: 'x' }))).rejects.toMatchObject({ code: 'InvalidPath' })
    expect(await readdir(root)).toEqual(['out'])
  })

  it.each<[string, readonly (Partial<Header> & { name: string; content?: string })[]]>([
    [
      'a file over a directory',
      [
        { name: 'a/b', content: 'x' },
        { name: 'a', content: 'x' },
      ],
    ],
    [
      'a directory over a file',
      [
        { name: 'a', content: 'x' },
        { name: 'a', type: 'directory' },
      ],
    ],
    [
      'a file below a file',
      [
        { name: 'a', content: 'x' },
        { name: 'a/b', content: 'x' },
      ],
    ],
  ])('%s', async (_what, entries) => {
    await expect(unpack(await foreign(...entries))).rejects.toMatchObject({ code: 'PathClash' })
  })

  it.each<[string, string, Buffer]>([
    ['no gzip', 'InvalidArchive', Buffer.from('plain text')],
    ['nothing', 'Truncated', Buffer.alloc(0)],
    ['gzip of no tar', 'InvalidArchive', gzipSync(Buffer.alloc(512, 'x'))],
    ['half a header', 'Truncated', gzipSync(header('a').subarray(0, 100))],
    ['half a content', 'Truncated', gzipSync(Buffer.concat([header('a', 1000), Buffer.alloc(512)]))],
    ['a missing content', 'Truncated', gzipSync(header('a', 1))],
    ['cut gzip', 'Truncated', gzipSync(Buffer.concat([header('a'), end])).subarray(0, -6)],
    ['a wrong checksum of gzip', 'InvalidArchive', flipped(gzipSync(Buffer.concat([header('a'), end])), -6)],
    ['a wrong checksum of a header', 'InvalidArchive', gzipSync(Buffer.concat([flipped(header('a'), 3), end]))],
    ['a size that is no number', 'InvalidArchive', gzipSync(header('a', 0, (block) => block.write('9', 124)))],
    ['a negative size', 'InvalidArchive', gzipSync(header('a', 0, (block) => block.fill(0xff, 124, 136)))],
    ['a size beyond all bounds', 'InvalidArchive', gzipSync(header('a', 0, (block) => block.fill(0x8f, 124, 136)))],
    ['a directory with a content', 'InvalidArchive', gzipSync(Buffer.concat([header('a/', 5), end]))],
    ['a sparse file', 'Unsupported', gzipSync(header('a', 0, (block) => block.write('S', 156)))],
    ['damaged PAX records', 'InvalidArchive', gzipSync(pax('99 path=x\n'))],
    ['PAX records without a length', 'InvalidArchive', gzipSync(pax('path=x\n'))],
    ['a PAX size that is no number', 'InvalidArchive', gzipSync(pax('11 size=-5\n'))],
    ['a PAX path that climbs', 'InvalidPath', gzipSync(Buffer.concat([pax('11 path=..\n'), header('a')]))],
    ['a sparse file by PAX', 'Unsupported', gzipSync(pax('22 GNU.sparse.major=1\n'))],
  ])('%s', async (_what, code, bytes) => {
    await expect(unpack(bytes)).rejects.toMatchObject({ name: 'ArchiveError', code })
  })
})

describe('unpackArchive and bounds', () => {
  it.each<[string, UnpackLimits, () => Promise<Buffer> | Buffer]>([
    ['bytes', { maxBytes: 4096 }, () => foreign({ name: 'a', content: 'x'.repeat(4000) })],
    ['entries', { maxEntries: 2 }, () => foreign({ name: 'a' }, { name: 'b' }, { name: 'c' })],
    ['entries that are passed over', { maxEntries: 1 }, () => foreign({ name: 'a', type: 'fifo' }, { name: 'b' })],
    ['path bytes', { maxPathBytes: 150 }, () => foreign({ name: 'é'.repeat(80) })],
    ['path bytes by PAX', {}, () => foreign({ name: 'x/'.repeat(3000) + 'y' })],
    ['bytes of an extended header', {}, () => gzipSync(header('a', 2 ** 21, (block) => block.write('x', 156)))],
    ['bytes behind the end', { maxBytes: 10_000 }, () => gzipSync(Buffer.concat([header('a'), Buffer.alloc(20_000)]))],
  ])('stops at too many %s', async (_what, limits, make) => {
    await expect(unpack(await make(), limits)).rejects.toMatchObject({ code: 'LimitExceeded' })
  })

  it('stops a bomb at the ratio, without holding it in memory', async () => {
    // 4 GiB of zeros behind a header that announces them, as one gzip member after another
    const zeros = gzipSync(Buffer.alloc(16 * 1024 ** 2))
    let sent = 0
    const bomb = async function* (): AsyncGenerator<Uint8Array> {
      yield gzipSync(header('bomb', 4 * 1024 ** 3))
      for (; sent < 256; sent += 1) yield zeros
    }
    let peak = 0
    const before = process.memoryUsage().rss
    const watch = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss - before)), 5)
    await expect(unpackArchive(bomb(), directory, { limits: { maxBytes: 2 ** 40 } })).rejects.toMatchObject({
      code: 'LimitExceeded',
      details: { limit: 'uncompressed bytes for each compressed one' },
    })
    clearInterval(watch)
    expect(sent).toBeLessThan(10)
    expect(peak).toBeLessThan(64 * 1024 ** 2)
    expect((await stat(join(directory, 'bomb'))).size).toBeLessThan(72 * 1024 ** 2)
  })
})

describe('archives, properties', () => {
  const name = fc.string({ unit: fc.constantFrom('a', 'b', '-', '.', 'é', '🚀', ' '), minLength: 1, maxLength: 60 })
  const safeName = name.filter((each) => each !== '.' && each !== '..' && each.isWellFormed())
  const path = fc.array(safeName, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))
  const tree = fc.dictionary(path, fc.uint8Array({ maxLength: 1500 }), { maxKeys: 12 })

  it('come back as they were', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (files) => {
        const paths = Object.keys(files).sort(comparePaths)
        fc.pre(!paths.some((one) => paths.some((two) => two.startsWith(`${one}/`))))
        const entries = paths.map((each) => ({ path: each, mode: 0o644, content: files[each] ?? Buffer.alloc(0) }))
        const { index } = await writeArchive(entries, join(root, 'p'))
        const target = await mkdtemp(join(root, 'p-'))
        expect(await unpackArchive(Readable.from([await readFile(join(root, 'p'))]), target)).toEqual(index)
        for (const each of paths) expect(await readFile(join(target, each))).toEqual(Buffer.from(files[each] ?? []))
      }),
      { numRuns: 60 },
    )
  })

  it('end with a coded error or an index, whatever the bytes', async () => {
    const block = fc.oneof(
      fc.constant(header('a', 3)),
      fc.constant(pax('10 path=b\n')),
      fc.uint8Array({ minLength: 512, maxLength: 512 }),
      fc.constant(Buffer.alloc(512)),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 6 }), fc.nat(600), async (blocks, cut) => {
        const tar = Buffer.concat(blocks)
        const target = await mkdtemp(join(root, 'f-'))
        const bytes = gzipSync(tar.subarray(0, Math.max(0, tar.length - cut)))
        const outcome = await unpackArchive(Readable.from([bytes]), target).catch((error: unknown) => error)
        expect(outcome).toHaveProperty(outcome instanceof Error ? 'code' : 'files')
      }),
      { numRuns: 300 },
    )
  })
})

function pax(records: string): Buffer {
  const block = header('pax', records.length, (each) => each.write('x', 156))
  return Buffer.concat([block, Buffer.from(records.padEnd(512, '\0'))])
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  const index = at < 0 ? bytes.length + at : at
  copy.writeUInt8(copy.readUInt8(index) ^ 1, index)
  return copy
}
