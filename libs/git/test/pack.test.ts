// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { commitFiles, createRepository, runGit } from '@tidelock/local-cluster'
import * as fc from 'fast-check'
import { defaultLimits, GitError, type GitLimits } from '../src/index.ts'
import { typeName } from '../src/object-index.ts'
import type { PackFile } from '../src/pack-file.ts'
import { receivePack } from '../src/receive-pack.ts'
import {
  commitPack,
  encodeEntry,
  extendDelta,
  type HandmadeEntry,
  idOf,
  inChunks,
  insertDelta,
  packOf,
  withChecksum,
} from './packs.ts'

let scratch: string
let packs = 0
const open: PackFile[] = []

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tidelock-pack-'))
})
afterAll(async () => {
  await Promise.all(open.map((pack) => pack.close()))
  await rm(scratch, { recursive: true, force: true })
})

async function receive(pack: Buffer, limits: Partial<GitLimits> = {}, ...sizes: number[]): Promise<PackFile> {
  const received = await receivePack(inChunks(pack, ...sizes), {
    path: join(scratch, `${packs++}.pack`),
    limits: { ...defaultLimits, ...limits },
  })
  open.push(received)
  return received
}

/** Every object by id: type and content. */
function contents(pack: PackFile): Map<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < pack.index.count; at++) {
    const data = pack.readObject(at)
    expect(pack.index.size(at)).toBe(data.length)
    expect(pack.index.find(pack.index.sha(at))).toBe(at)
    const type = typeName(pack.index.kind(at))
    found.set(pack.index.sha(at).toString('hex'), `${type} ${idOf(type!, data)}`)
  }
  return found
}

/** What git itself says is in the pack of a repository. */
async function repack(gitDir: string, ...options: string[]): Promise<{ pack: Buffer; objects: Map<string, string> }> {
  await runGit(gitDir, ['repack', '-adfq', ...options])
  const directory = join(gitDir, 'objects/pack')
  const name = (await readdir(directory)).find((file) => file.endsWith('.pack'))!
  const listed = await runGit(gitDir, ['cat-file', '--batch-all-objects', '--batch-check=%(objecttype) %(objectname)'])
  const objects = new Map(listed.split('\n').map((line) => [line.split(' ')[1]!, line] as const))
  return { pack: await readFile(join(directory, name)), objects }
}

describe('packs that git makes', () => {
  it('are read whole, byte by byte and in any chunks', async () => {
    const file = fc.tuple(
      fc.stringMatching(/^[a-z]{1,3}(\/[a-z]{1,3}){0,2}\.y$/),
      fc.oneof(
        fc.uint8Array({ maxLength: 200 }),
        fc
          .tuple(fc.constantFrom('alpha\n', 'kind: Service\n'), fc.nat(400))
          .map(([text, times]) => Buffer.from(text.repeat(times) + times)),
      ),
    )
    const commits = fc.array(fc.array(file, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 4 })
    const sizes = fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 4 })
    let run = 0
    await fc.assert(
      fc.asyncProperty(commits, sizes, async (changes, chunkSizes) => {
        const { gitDir } = await createRepository(scratch, `property-${run++}.git`)
        for (const files of changes) await commitFiles(gitDir, Object.fromEntries(files), { date: new Date(1e12) })
        const { pack, objects } = await repack(gitDir)
        for (const chunks of [[pack.length], [1], chunkSizes]) {
          expect(contents(await receive(pack, {}, ...chunks))).toEqual(objects)
        }
      }),
      { numRuns: 8 },
    )
  })

  it('may have large objects, whole and as deltas, and long chains', async () => {
    const { gitDir } = await createRepository(scratch, 'large.git')
    const noise = randomBytes(1_500_000)
    const text = Buffer.from(Array.from({ length: 60_000 }, (_, i) => `line ${i * 7919}\n`).join(''))
    await commitFiles(gitDir, {
      'noise.bin': noise,
      'text.txt': text,
      'zero.bin': Buffer.alloc(5_000_000),
      'edge.bin': randomBytes(256 * 1024),
    })
    // a delta that itself is large, and a text that grows line by line into a chain
    await commitFiles(gitDir, {
      'noise.bin': Buffer.concat([noise, randomBytes(700_000)]),
      'edge.bin': randomBytes(256 * 1024 + 1),
    })
    const lines = text.toString().split('\n')
    for (let i = 0; i < 20; i++) {
      lines[i * 1000] = `changed ${i}`
      await commitFiles(gitDir, { 'text.txt': lines.join('\n') })
    }
    const { pack, objects } = await repack(gitDir, '--depth=50', '--window=50')
    for (const size of [pack.length, 65_536, 1000, 65_535])
      expect(contents(await receive(pack, {}, size))).toEqual(objects)
    const received = await receive(pack)
    const depths = Array.from({ length: received.index.count }, (_, at) => received.index.depth(at))
    expect(Math.max(...depths)).toBeGreaterThan(5)
  })
})

describe('a pack', () => {
  const blob = (text: string): HandmadeEntry => ({ kind: 3, data: Buffer.from(text) })

  it('may be empty', async () => {
    expect((await receive(packOf([]))).index.count).toBe(0)
  })
  it('may hold the same object twice', async () => {
    const pack = await receive(packOf([blob('a'), blob('a')]))
    expect(pack.index.count).toBe(2)
    expect(pack.index.find(Buffer.from(idOf('blob', Buffer.from('a')), 'hex'))).toBe(0)
  })
  it('may name bases by id, before or after them', async () => {
    const base = Buffer.from('base')
    const middle = Buffer.from('middle')
    const entries: HandmadeEntry[] = [
      { kind: 7, data: insertDelta(middle.length, Buffer.from('end')), baseSha: idOf('blob', middle) },
      { kind: 7, data: insertDelta(base.length, middle), baseSha: idOf('blob', base) },
      { kind: 3, data: base },
    ]
    const pack = await receive(packOf(entries), {}, 7)
    expect(pack.readObject(0).toString()).toBe('end')
    expect(pack.index.depth(0)).toBe(2)
    expect(contents(pack).size).toBe(3)
  })
  it('may have more bases than are kept in memory', async () => {
    // each delta copies the megabyte below it, and has two children: the dropped ones must be read again
    const base = Buffer.alloc(1024 * 1024, 'x')
    const entries: HandmadeEntry[] = [{ kind: 3, data: base }]
    const encoded = [encodeEntry(entries[0]!)]
    const offsets = [0]
    const add = (entry: HandmadeEntry, parent: number): void => {
      const offset = encoded.reduce((sum, each) => sum + each.length, 0)
      offsets.push(offset)
      entries.push({ ...entry, distance: offset - offsets[parent]! })
      encoded.push(encodeEntry(entries.at(-1)!))
    }
    let spine = 0
    for (let depth = 0; depth < 45; depth++) {
      const length = base.length + depth
      add({ kind: 6, data: extendDelta(length, length, Buffer.from('a')) }, spine)
      add({ kind: 6, data: extendDelta(length, length - 1, Buffer.from('b')) }, spine)
      spine = offsets.length - 2
    }
    const pack = await receive(packOf(entries))
    expect(pack.index.count).toBe(91)
    expect(contents(pack).size).toBe(91)
  })

  const good = packOf([blob('hello'), blob('world')])
  const refuse = (code: string, text: string) => ({ code, message: expect.stringContaining(text) })
  const corrupt = (at: number): Buffer => {
    const changed = Buffer.from(good)
    changed[at < 0 ? changed.length + at : at]! ^= 0x40
    return changed
  }

  it.each<[string, Buffer, string]>([
    ['is no pack', Buffer.from('this is no pack at all'), 'did not send a pack'],
    ['is of an unknown version', corrupt(7), 'did not send a pack'],
    ['has a wrong checksum', corrupt(-1), 'checksum'],
    ['is cut in an object', good.subarray(0, 20), 'ended early, after 0 of 2'],
    ['is cut in its checksum', good.subarray(0, -1), 'ended early, after 2 of 2'],
    ['is empty', Buffer.alloc(0), 'ended early'],
    ['goes on after its end', Buffer.concat([good, Buffer.from('x')]), 'goes on after its checksum'],
    ['has fewer objects than it says', packOf([blob('a')], 2), 'the pack is broken'],
    ['has an unknown kind of object', packOf([{ kind: 5, data: Buffer.from('x') }]), 'unknown kind of object 5'],
    ['has kind 0', packOf([{ kind: 0, data: Buffer.from('x') }]), 'unknown kind of object 0'],
    ['has an object that is longer than it says', packOf([{ ...blob('hello'), size: 4 }]), 'not a zlib stream'],
    ['has an object that is shorter than it says', packOf([{ ...blob('hello'), size: 6 }]), 'not a zlib stream'],
    [
      'has broken compressed data',
      packOf([{ ...blob('hello'), compressed: Buffer.from('garbage!') }]),
      'not a zlib stream',
    ],
    [
      'has a large object that is longer than it says',
      packOf([{ kind: 3, data: Buffer.alloc(400_000), size: 300_000 }]),
      'longer than announced',
    ],
    [
      'has a large object that is shorter than it says',
      packOf([{ kind: 3, data: Buffer.alloc(300_000), size: 400_000 }]),
      'shorter than announced',
    ],
    [
      'has a large object with broken data',
      packOf([{ kind: 3, data: Buffer.alloc(0), size: 400_000, compressed: Buffer.from('garbage!') }]),
      'a large object in the pack is broken',
    ],
    [
      'pads a small object without end',
      packOf([
        {
          ...blob('x'),
          compressed: Buffer.concat([Buffer.of(0x78, 0x9c), Buffer.alloc(400_000, Buffer.of(0, 0, 0, 0xff, 0xff))]),
        },
      ]),
      'not a zlib stream',
    ],
    [
      'has a delta on something before it',
      packOf([{ kind: 6, data: Buffer.from('x'), distance: 1000 }]),
      'before the pack',
    ],
    ['has a delta on itself', packOf([{ kind: 6, data: Buffer.from('x'), distance: 0 }]), 'base is no entry'],
    [
      'has a delta on the middle of an entry',
      packOf([blob('hello'), { kind: 6, data: insertDelta(5, Buffer.from('x')), distance: 3 }]),
      'base is no entry',
    ],
    [
      'has a delta whose base is missing',
      packOf([{ kind: 7, data: insertDelta(5, Buffer.from('x')), baseSha: '11'.repeat(20) }]),
      '1 deltas whose base is not in it',
    ],
    [
      'has a delta for another base',
      packOf([
        blob('hello'),
        { kind: 7, data: insertDelta(6, Buffer.from('x')), baseSha: idOf('blob', Buffer.from('hello')) },
      ]),
      'is for another base',
    ],
  ])('is refused when it %s', async (_name, pack, text) => {
    await expect(receive(pack)).rejects.toMatchObject(refuse('InvalidObject', text))
    await expect(receive(pack, {}, 1)).rejects.toMatchObject(refuse('InvalidObject', text))
  })

  it.each<[keyof GitLimits, Partial<GitLimits>, Buffer]>([
    ['packBytes', { packBytes: good.length - 1 }, good],
    ['objects', { objects: 1 }, good],
    ['objects', {}, packOf([], 0xffffffff)],
    ['objectBytes', { objectBytes: 4 }, good],
    ['totalBytes', { totalBytes: 9 }, good],
    ['objectBytes', { objectBytes: 1e6 }, packOf([{ kind: 3, data: Buffer.alloc(0), size: 2 ** 40 }])],
    [
      'objectBytes',
      { objectBytes: 1000 },
      // a delta of a few bytes that announces a huge result
      packOf([
        blob('a'),
        { kind: 7, data: Buffer.of(1, 0xff, 0xff, 0xff, 0x7f), baseSha: idOf('blob', Buffer.from('a')) },
      ]),
    ],
  ])('must stay within %s: %j', async (limit, limits, pack) => {
    await expect(receive(pack, limits)).rejects.toMatchObject({ code: 'LimitExceeded', details: { limit } })
  })

  it('must not stack too many deltas', async () => {
    let last = Buffer.from('0')
    const entries: HandmadeEntry[] = [{ kind: 3, data: last }]
    for (let i = 1; i <= 11; i++) {
      const next = Buffer.from(String(i))
      entries.push({ kind: 7, data: insertDelta(last.length, next), baseSha: idOf('blob', last) })
      last = next
    }
    expect((await receive(packOf(entries), { deltaDepth: 11 })).index.count).toBe(12)
    await expect(receive(packOf(entries), { deltaDepth: 10 })).rejects.toMatchObject({
      details: { limit: 'deltaDepth' },
    })
  })

  it('must not make us build the same bases over and over', async () => {
    // 100 deltas on top of each other, each a megabyte, with a second child: all bases together do not fit into memory
    const base = Buffer.alloc(1024 * 1024)
    const entries: HandmadeEntry[] = [{ kind: 3, data: base }]
    let last = base
    for (let i = 0; i < 100; i++) {
      const next = Buffer.concat([last, Buffer.of(i)])
      const baseSha = idOf('blob', last)
      entries.push({ kind: 7, data: extendDelta(last.length, last.length, Buffer.of(255, i)), baseSha })
      entries.push({ kind: 7, data: extendDelta(last.length, last.length, Buffer.of(i)), baseSha })
      last = next
    }
    const pack = packOf(entries)
    expect((await receive(pack)).index.count).toBe(201)
    await expect(receive(pack, { totalBytes: 300 * 1024 * 1024 })).rejects.toMatchObject({
      details: { limit: 'totalBytes' },
    })
  })

  it('is dropped when the signal aborts', async () => {
    const controller = new AbortController()
    const chunks = (async function* () {
      yield good.subarray(0, 15)
      controller.abort(new Error('stopped'))
      yield good.subarray(15)
    })()
    const options = { path: join(scratch, 'aborted.pack'), limits: defaultLimits, signal: controller.signal }
    await expect(receivePack(chunks, options)).rejects.toThrow('stopped')
  })

  it('never takes over a file that is there', async () => {
    const path = join(scratch, 'taken.pack')
    const first = await receivePack(inChunks(good), { path, limits: defaultLimits })
    open.push(first)
    await expect(receivePack(inChunks(good), { path, limits: defaultLimits })).rejects.toMatchObject({ code: 'EEXIST' })
  })

  it('is refused or read right, whatever byte is changed', async () => {
    const { pack, entries } = commitPack([
      ['100644', 'a', 'hello'],
      ['100644', 'b', 'hello again'],
    ])
    const body = pack.subarray(0, -20)
    await fc.assert(
      fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const changed = Buffer.from(body)
        changed[at]! ^= flip
        const outcome = await receive(withChecksum(changed)).then(
          // what passes is whole objects whose ids are those of their content
          (received) => contents(received).size <= entries.length,
          (error: unknown) => error instanceof GitError,
        )
        expect(outcome).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
