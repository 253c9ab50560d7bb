// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import type { ArchiveEntry } from '@tidelock/archive'
import { indexDigest, parseIndex, unpackArchive } from '@tidelock/archive'
import { FakeClock } from '@tidelock/testkit'
import { ArtifactStore, advertisedAddressOf, indexMetadataKey, parseAlgorithm, parseDigest } from '../index.ts'
import type { ArtifactStoreOptions } from '../index.ts'

const owner = { kind: 'GitRepository', namespace: 'flux-system', name: 'shop' }
let root: string
let clock: FakeClock
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'store-'))
  clock = new FakeClock(Date.UTC(2026, 10, 21, 10, 5, 0, 250))
})
afterEach(async () => {
  await rm(root, { recursive: true, force: true })
})

function open(options: Partial<ArtifactStoreOptions> = {}): Promise<ArtifactStore> {
  return ArtifactStore.open({ root, advertisedAddress: 'source.flux-system.svc.cluster.local.', clock, ...options })
}

function entry(path: string, content = path): ArchiveEntry {
  return { path, mode: 0o644, content: Buffer.from(content) }
}

async function store(fileName: string, entries: readonly ArchiveEntry[] = [entry('a.yaml')]): Promise<Artifact> {
  return (await open()).writeArchive(owner, { revision: `main@sha1:${fileName}`, fileName, entries })
}

describe('ArtifactStore', () => {
  it('stores an archive where Flux stores it, with its index', async () => {
    const artifact = await (
      await open()
    ).writeArchive(owner, {
      revision: 'main@sha1:abc',
      fileName: 'abc.tar.gz',
      entries: [entry('a/b.yaml')],
      metadata: { origin: 'here' },
    })
    const file = join(root, 'gitrepository/flux-system/shop/abc.tar.gz')
    const bytes = await readFile(file)
    expect(artifact).toEqual({
      path: 'gitrepository/flux-system/shop/abc.tar.gz',
      url: 'http://source.flux-system.svc.cluster.local./gitrepository/flux-system/shop/abc.tar.gz',
      revision: 'main@sha1:abc',
      digest: `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
      size: bytes.length,
      lastUpdateTime: '2026-11-21T10:05:00Z',
      metadata: { origin: 'here', [indexMetadataKey]: expect.any(String) },
    })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const index = parseIndex(await readFile(`${file}.index.json`))
    expect(index.files).toMatchObject([{ path: 'a/b.yaml', size: 8 }])
    expect(artifact.metadata?.[indexMetadataKey]).toBe(indexDigest(index))
    expect(await unpackArchive([bytes] as never, join(root, 'out'))).toEqual(index)
  })

  it('stores files as they are', async () => {
    const content = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('entries:')
      yield Buffer.from(' {}\n')
    }
    const artifact = await (
      await open({ algorithm: 'sha384' })
    ).writeFile(owner, { revision: 'x', fileName: 'index.yaml', content: content() })
    expect(await readFile(join(root, artifact.path), 'utf8')).toBe('entries: {}\n')
    expect(artifact.digest).toBe(`sha384:${createHash('sha384').update('entries: {}\n').digest('hex')}`)
    expect(artifact).not.toHaveProperty('metadata')
  })

  it.each<[string, unknown]>([
    ['NoSpace', Object.assign(new Error('write'), { code: 'ENOSPC' })],
    ['Other', Object.assign(new Error('read'), { code: 'Other' })],
  ])('leaves the old file as it was when writing fails with %s', async (code, error) => {
    const opened = await open()
    const facts = { revision: 'x', fileName: 'rev.tar.gz' }
    const old = await opened.writeArchive(owner, { ...facts, entries: [entry('a.yaml')] })
    const failing = async function* (): AsyncGenerator<ArchiveEntry> {
      yield entry('b.yaml')
      throw error
    }
    const writing = opened.writeArchive(owner, { ...facts, entries: failing() })
    await expect(writing).rejects.toMatchObject({ code })
    expect(await opened.verify(old)).toBe('ok')
    expect((await readdir(join(root, 'gitrepository/flux-system/shop'))).sort()).toEqual([
      'rev.tar.gz',
      'rev.tar.gz.index.json',
    ])
  })

  it('says what state a stored file is in', async () => {
    const artifact = await store('rev.tar.gz')
    const opened = await open()
    expect(await opened.verify(artifact)).toBe('ok')
    expect(await opened.verify({ ...artifact, digest: `sha256:${'0'.repeat(64)}` })).toBe('mismatch')
    expect(await opened.verify({ ...artifact, path: 'gitrepository/flux-system/shop/other' })).toBe('missing')
    await rm(join(root, artifact.path))
    await symlink('/etc/passwd', join(root, artifact.path))
    expect(await opened.verify(artifact)).toBe('missing')
  })

  it.each([
    ['a path that climbs', { path: '../../../etc/passwd', digest: `sha256:${'0'.repeat(64)}` }, 'InvalidPath'],
    ['a hidden path', { path: 'a/b/c/.x', digest: `sha256:${'0'.repeat(64)}` }, 'InvalidPath'],
    ['a digest that is none', { path: 'a/b/c/d', digest: 'sha256:xyz' }, 'InvalidDigest'],
    ['no digest', { path: 'a/b/c/d', digest: '' }, 'InvalidDigest'],
    ['md5', { path: 'a/b/c/d', digest: `md5:${'0'.repeat(32)}` }, 'UnsupportedDigest'],
  ])('refuses to verify %s', async (_what, artifact, code) => {
    await expect((await open()).verify(artifact)).rejects.toMatchObject({ code })
  })

  it('refuses names that are no single segment', async () => {
    for (const bad of ['..', 'a/b', '', 'a\0', 'a\\b', '.hidden', 'x'.repeat(256)]) {
      const writing = (await open()).writeArchive(
        { ...owner, name: bad },
        { revision: 'x', fileName: 'f', entries: [] },
      )
      await expect(writing).rejects.toMatchObject({ code: 'InvalidPath' })
    }
  })

  it('removes what a crash left, and nothing else, when it opens', async () => {
    const artifact = await store('rev.tar.gz')
    const directory = join(root, 'gitrepository/flux-system/shop')
    await writeFile(join(directory, '.rev.tar.gz.0011223344ff.tmp'), 'half')
    await writeFile(join(directory, 'rev.tar.gz.lock'), '')
    await open()
    expect((await readdir(directory)).sort()).toEqual(['rev.tar.gz', 'rev.tar.gz.index.json', 'rev.tar.gz.lock'])
    expect(await (await open()).verify(artifact)).toBe('ok')
  })

  it('does not open without a directory', async () => {
    await expect(open({ root: join(root, 'nope') })).rejects.toMatchObject({ code: 'InvalidStore' })
  })

  it('runs actions on one object one after another', async () => {
    const opened = await open()
    const running: string[] = []
    const slow = (name: string) =>
      async function* (): AsyncGenerator<ArchiveEntry> {
        running.push(`begin ${name}`)
        yield entry('a', name)
        await new Promise((resolve) => setImmediate(resolve))
        running.push(`end ${name}`)
      }
    const write = (name: string): Promise<Artifact> =>
      opened.writeArchive(owner, { revision: name, fileName: 'rev.tar.gz', entries: slow(name)() })
    const [, second] = await Promise.all([write('1'), write('2')])
    expect(running).toEqual(['begin 1', 'end 1', 'begin 2', 'end 2'])
    expect(await opened.verify(second)).toBe('ok')
  })

  it('moves a link and gives its URL', async () => {
    const opened = await open()
    for (const name of ['one.tar.gz', 'two.tar.gz']) {
      expect(await opened.link(await store(name), 'latest.tar.gz')).toBe(
        'http://source.flux-system.svc.cluster.local./gitrepository/flux-system/shop/latest.tar.gz',
      )
    }
    expect(await readlink(join(root, 'gitrepository/flux-system/shop/latest.tar.gz'))).toBe('two.tar.gz')
  })

  it('rewrites the URL when its address has changed', async () => {
    const artifact = await store('rev.tar.gz')
    const moved = await open({ advertisedAddress: 'https://elsewhere:8443' })
    expect(moved.withAddress(artifact).url).toBe('https://elsewhere:8443/gitrepository/flux-system/shop/rev.tar.gz')
  })

  it('removes all of an object', async () => {
    await store('rev.tar.gz')
    const opened = await open()
    expect(await opened.removeAll(owner)).toBe(true)
    expect(await opened.removeAll(owner)).toBe(false)
    expect(await readdir(join(root, 'gitrepository/flux-system'))).toEqual([])
  })
})

describe('ArtifactStore.collectGarbage', () => {
  async function age(artifact: Artifact, seconds: number): Promise<void> {
    const time = clock.now() / 1000 - seconds
    await utimes(join(root, artifact.path), time, time)
  }
  async function names(): Promise<readonly string[]> {
    return (await readdir(join(root, 'gitrepository/flux-system/shop')))
      .filter((name) => !name.endsWith('.json'))
      .sort()
  }

  it.each<[string, Partial<ArtifactStoreOptions>, Record<string, number>, readonly string[]]>([
    ['keeps what is young enough', {}, { a: 59, current: 0 }, []],
    ['removes what outlived the TTL', {}, { a: 61, b: 600, c: 30, current: 5 }, ['a', 'b']],
    ['keeps the current one however old', {}, { a: 61, current: 9000 }, ['a']],
    [
      'keeps no more than the records, the youngest',
      { retentionRecords: 3 },
      { a: 40, b: 30, c: 20, d: 10, current: 50 },
      ['a', 'b'],
    ],
    ['keeps the current one among the records', { retentionRecords: 0 }, { a: 10, current: 20 }, ['a']],
    ['takes a longer TTL', { retentionTtlMs: 3_600_000, retentionRecords: 9 }, { a: 3599, b: 3601, current: 0 }, ['b']],
  ])('%s', async (_what, options, ages, expected) => {
    for (const [name, seconds] of Object.entries(ages)) await age(await store(name), seconds)
    const current = { path: 'gitrepository/flux-system/shop/current' }
    const removed = await (await open(options)).collectGarbage(current)
    expect([...removed].sort()).toEqual(expected)
    expect(await names()).toEqual(
      Object.keys(ages)
        .filter((name) => !expected.includes(name))
        .sort(),
    )
  })

  it('removes locks and indexes with their file, and indexes that a crash left alone', async () => {
    await age(await store('old'), 100)
    const current = await store('current')
    const directory = join(root, 'gitrepository/flux-system/shop')
    await writeFile(join(directory, 'old.lock'), '')
    await writeFile(join(directory, 'alone.index.json'), '')
    await utimes(join(directory, 'alone.index.json'), 1, 1)
    expect(await (await open()).collectGarbage(current)).toEqual(expect.arrayContaining(['old', 'alone.index.json']))
    expect((await readdir(directory)).sort()).toEqual(['current', 'current.index.json'])
  })

  it('finds nothing where there is nothing', async () => {
    expect(await (await open()).collectGarbage({ path: 'bucket/ns/name/file' })).toEqual([])
  })

  it('can remove everything but the current one', async () => {
    await store('old')
    const current = await store('current')
    await mkdir(join(root, 'gitrepository/flux-system/shop/sub'))
    await (await open()).removeAllButCurrent(current)
    expect((await readdir(join(root, 'gitrepository/flux-system/shop'))).sort()).toEqual([
      'current',
      'current.index.json',
    ])
  })
})

describe('digests and addresses', () => {
  it('are read', () => {
    expect(parseDigest('a'.repeat(64))).toEqual({ algorithm: 'sha256', hex: 'a'.repeat(64) })
    expect(parseAlgorithm('sha512')).toBe('sha512')
    expect(parseDigest(`blake3:${'0'.repeat(64)}`).algorithm).toBe('blake3')
    expect(() => parseAlgorithm('md5')).toThrow(
      "digest algorithm 'md5' is not supported: use one of sha256, sha384, sha512, blake3, sha1",
    )
  })
  it.each([
    [':9090', 'localhost:9090'],
    ['0.0.0.0:9090', 'machine:9090'],
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['[::1]:80', '[::1]:80'],
  ])('advertise %s as %s', (address, advertised) => {
    expect(advertisedAddressOf(address, 'machine')).toBe(advertised)
  })
  it('are refused without a port', () => {
    expect(() => advertisedAddressOf('host', 'machine')).toThrow(expect.objectContaining({ code: 'InvalidStore' }))
  })
})
