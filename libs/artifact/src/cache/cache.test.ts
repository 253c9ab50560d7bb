// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import { systemClock } from '@tidelock/api'
import type { ArchiveEntry } from '@tidelock/archive'
import type { HttpClient } from '@tidelock/http'
import { createHttpClient } from '@tidelock/http'
import { FakeClock, eventually } from '@tidelock/testkit'
import { ArtifactCache, ArtifactStore, createFileServer, indexMetadataKey } from '../index.ts'
import type { ArtifactCacheOptions } from '../index.ts'

let root: string
let cacheRoot: string
let server: Server
let http: HttpClient
let store: ArtifactStore
let requests: string[]
let warnings: string[]
/** Answers in place of the file server, when set. */
let intercept: RequestListener | undefined
let caches: ArtifactCache[]

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cache-'))
  cacheRoot = join(root, 'cache')
  await mkdir(join(root, 'store'))
  requests = []
  warnings = []
  caches = []
  intercept = undefined
  const files = createFileServer({ root: join(root, 'store') })
  server = createServer((request, response) => {
    requests.push(request.url ?? '')
    ;(intercept ?? files)(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  http = createHttpClient({ userAgent: 'test' })
  const { port } = server.address() as AddressInfo
  store = await ArtifactStore.open({
    root: join(root, 'store'),
    advertisedAddress: `127.0.0.1:${port}`,
    clock: systemClock,
  })
})
afterEach(async () => {
  for (const cache of caches) await cache.close()
  await http.close()
  server.closeAllConnections()
  server.close()
  await rm(root, { recursive: true, force: true })
})

async function open(options: Partial<ArtifactCacheOptions> = {}): Promise<ArtifactCache> {
  const onWarning = (message: string): void => void warnings.push(message)
  const cache = await ArtifactCache.open({
    root: cacheRoot,
    maxBytes: 1e9,
    http,
    clock: systemClock,
    retries: 0,
    onWarning,
    ...options,
  })
  caches.push(cache)
  return cache
}

async function publish(name: string, content: string = name): Promise<Artifact> {
  const entries: ArchiveEntry[] = [{ path: 'dir/file.yaml', mode: 0o644, content: Buffer.from(content) }]
  const owner = { kind: 'GitRepository', namespace: 'ns', name }
  return store.writeArchive(owner, { revision: name, fileName: `${name}.tar.gz`, entries })
}

/** The names in the cache's directory that are no scratch, indexes and markers left out. */
async function copies(): Promise<readonly string[]> {
  return (await readdir(cacheRoot)).filter((name) => /^sha256-[0-9a-f]+$/.test(name)).sort()
}

function nameOf(artifact: Artifact): string {
  return artifact.digest.replace(':', '-')
}

describe('ArtifactCache.acquire', () => {
  it('gives the unpacked files and their index', async () => {
    const artifact = await publish('one')
    const cache = await open()
    using acquired = await cache.acquire(artifact)
    expect(acquired.directory).toBe(join(cacheRoot, nameOf(artifact)))
    expect(await readFile(join(acquired.directory, 'dir/file.yaml'), 'utf8')).toBe('one')
    expect(acquired.index).toMatchObject({ files: [{ path: 'dir/file.yaml' }], directories: ['dir'] })
    expect(warnings).toEqual([])
    expect((await readdir(cacheRoot)).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })

  it('fetches once for many, at the same time and later', async () => {
    const artifact = await publish('one')
    const cache = await open()
    const many = await Promise.all(Array.from({ length: 50 }, () => cache.acquire(artifact)))
    const later = await cache.acquire({ ...artifact, url: 'http://other/' })
    expect(new Set([...many, later].map(({ directory }) => directory)).size).toBe(1)
    expect(requests.length).toBe(1)
    expect(cache.stats).toMatchObject({ copies: 1, inUse: 1 })
    for (const each of [...many, later]) each.release()
    expect(cache.stats).toMatchObject({ copies: 1, inUse: 0 })
  })

  it('says at once when there is no such artifact, and asks again the next time', async () => {
    const artifact = await publish('one')
    const cache = await open({ retries: 9, clock: new FakeClock() })
    const missing = { ...artifact, url: `${artifact.url}.gone` }
    await expect(cache.acquire(missing)).rejects.toMatchObject({ code: 'NotFound' })
    expect(requests.length).toBe(1)
    expect(cache.stats).toMatchObject({ bytes: 0, copies: 0 })
    using acquired = await cache.acquire(artifact)
    expect(acquired.index.files.length).toBe(1)
  })

  it('tries again after 5, 10, 20 and 30 seconds', async () => {
    const artifact = await publish('one')
    const clock = new FakeClock()
    const cache = await open({ retries: 9, clock })
    const files = createFileServer({ root: join(root, 'store') })
    intercept = (request, response) =>
      requests.length < 5 ? void response.writeHead(503).end() : files(request, response)
    const acquiring = cache.acquire(artifact)
    for (const [at, waitMs] of [5000, 10_000, 20_000, 30_000].entries()) {
      await eventually(() => expect([requests.length, clock.pending]).toEqual([at + 1, 1]))
      await clock.advance(waitMs - 1)
      expect(requests.length).toBe(at + 1)
      await clock.advance(1)
    }
    ;(await acquiring).release()
    expect(requests.length).toBe(5)
  })

  it('gives up after the retries, and does not retry what is refused', async () => {
    const artifact = await publish('one')
    intercept = (_request, response) => void response.writeHead(500).end()
    await expect((await open()).acquire(artifact)).rejects.toMatchObject({
      code: 'FetchFailed',
      message: 'failed to download archive',
    })
    intercept = (_request, response) => void response.writeHead(403).end()
    const cache = await open({ retries: 9, clock: new FakeClock() })
    await expect(cache.acquire(artifact)).rejects.toMatchObject({ code: 'FetchFailed' })
    expect(requests.length).toBe(2)
  })

  it.each<[string, (artifact: Artifact) => Artifact, string]>([
    ['another digest', (artifact) => ({ ...artifact, digest: `sha256:${'0'.repeat(64)}` }), 'DigestMismatch'],
    ['no digest', (artifact) => ({ ...artifact, digest: '' }), 'InvalidDigest'],
    ['an unknown algorithm', (artifact) => ({ ...artifact, digest: `md5:${'0'.repeat(32)}` }), 'UnsupportedDigest'],
    ['no URL', (artifact) => ({ ...artifact, url: 'nowhere' }), 'FetchFailed'],
  ])('refuses an artifact with %s and leaves nothing behind', async (_what, bend, code) => {
    const artifact = bend(await publish('one'))
    const cache = await open()
    await expect(cache.acquire(artifact)).rejects.toMatchObject({ code })
    expect(await readdir(cacheRoot)).toEqual([])
  })

  it('refuses what is too large, or no archive', async () => {
    const owner = { kind: 'Bucket', namespace: 'ns', name: 'x' }
    const artifact = await store.writeFile(owner, { revision: 'x', fileName: 'x', content: Buffer.from('no archive') })
    await expect((await open()).acquire(artifact)).rejects.toMatchObject({ code: 'InvalidArchive' })
    await expect((await open({ maxDownloadBytes: 5 })).acquire(artifact)).rejects.toMatchObject({ code: 'TooLarge' })
    const bounded = await open({ limits: { maxBytes: 1000 } })
    await expect(bounded.acquire(await publish('one'))).rejects.toMatchObject({ code: 'LimitExceeded' })
    expect(await readdir(cacheRoot)).toEqual([])
  })

  it('reads from another host when told to', async () => {
    const artifact = await publish('one')
    const { port } = server.address() as AddressInfo
    const moved = { ...artifact, url: artifact.url.replace(/127\.0\.0\.1:\d+/, 'source.flux-system.svc:80') }
    using acquired = await (await open({ hostOverride: `127.0.0.1:${port}` })).acquire(moved)
    expect(acquired.index.files.length).toBe(1)
  })

  it('lets one caller give up without disturbing the others, and stops when all did', async () => {
    const artifact = await publish('one')
    const cache = await open()
    let held: (() => void) | undefined
    const files = createFileServer({ root: join(root, 'store') })
    intercept = (request, response) => void (held = () => files(request, response))
    const [first, second] = [new AbortController(), new AbortController()]
    const impatient = cache.acquire(artifact, first.signal)
    const patient = cache.acquire(artifact)
    await eventually(() => expect(held).toBeDefined())
    first.abort(new Error('no time'))
    await expect(impatient).rejects.toThrow('no time')
    held?.()
    ;(await patient).release()

    const other = await publish('two')
    const alone = cache.acquire(other, second.signal)
    await eventually(() => expect(requests.length).toBe(2))
    second.abort(new Error('enough'))
    await expect(alone).rejects.toThrow('enough')
    await eventually(async () => expect((await readdir(cacheRoot)).filter((name) => name.endsWith('.tmp'))).toEqual([]))
    expect(cache.stats.copies).toBe(1)
    await expect(cache.acquire(other, AbortSignal.abort(new Error('before')))).rejects.toThrow('before')
    expect(requests.length).toBe(2)
  })

  it('warns when the published index does not fit, and uses its own', async () => {
    const artifact = await publish('one')
    const metadata = { [indexMetadataKey]: `sha256:${'0'.repeat(64)}` }
    using acquired = await (await open()).acquire({ ...artifact, metadata })
    expect(acquired.index.files.length).toBe(1)
    expect(warnings).toEqual([expect.stringContaining('does not fit the artifact')])
  })

  it('takes an artifact of a source without indexes', async () => {
    const { metadata: _metadata, ...plain } = await publish('one')
    using acquired = await (await open()).acquire(plain)
    expect(acquired.index.files.length).toBe(1)
    expect(warnings).toEqual([])
  })
})

describe('ArtifactCache and its bound', () => {
  // a copy takes 4 KiB for its file and 8 for its directories
  const copyBytes = 12 * 1024

  it('removes the longest unused copies, and none in use', async () => {
    const cache = await open({ maxBytes: 2 * copyBytes })
    const [one, two, three] = [await publish('one'), await publish('two'), await publish('three')]
    const used = await cache.acquire(one)
    ;(await cache.acquire(two)).release()
    ;(await cache.acquire(three)).release()
    await eventually(async () => expect(await copies()).toEqual([nameOf(one), nameOf(three)].sort()))
    const again = await cache.acquire(two)
    await eventually(async () => expect(await copies()).toEqual([nameOf(one), nameOf(two)].sort()))
    const more = await cache.acquire(three)
    expect(cache.stats).toEqual({ bytes: 3 * copyBytes, copies: 3, inUse: 3 })
    used.release()
    await eventually(async () => expect(await copies()).toEqual([nameOf(two), nameOf(three)].sort()))
    again.release()
    again.release()
    expect(cache.stats).toMatchObject({ copies: 2, inUse: 1 })
    more.release()
  })

  it('fetches again what it removed, also while that goes on', async () => {
    const cache = await open({ maxBytes: copyBytes })
    const artifacts = [await publish('one'), await publish('two'), await publish('three')]
    await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const artifact = artifacts[at % 3] as Artifact
        using acquired = await cache.acquire(artifact)
        await new Promise((resolve) => setImmediate(resolve))
        expect(await readFile(join(acquired.directory, 'dir/file.yaml'), 'utf8')).toBe(artifact.revision)
      }),
    )
    for (let round = 0; round < 12; round += 1) {
      const artifact = artifacts[round % 3] as Artifact
      using acquired = await cache.acquire(artifact)
      expect(await readFile(join(acquired.directory, 'dir/file.yaml'), 'utf8')).toBe(artifact.revision)
    }
    await eventually(async () => expect((await copies()).length).toBe(1))
    expect(warnings).toEqual([])
  })
})

describe('ArtifactCache after a restart', () => {
  it('takes over whole copies, oldest first, and counts them', async () => {
    const [one, two] = [await publish('one'), await publish('two')]
    const before = await open()
    for (const each of [two, one]) (await before.acquire(each)).release()
    await before.close()
    await utimes(join(cacheRoot, nameOf(two)), 1, 1)
    requests = []
    const after = await open({ maxBytes: 12 * 1024 })
    expect(after.stats).toMatchObject({ copies: 2, inUse: 0 })
    ;(await after.acquire(one)).release()
    expect(requests).toEqual([])
    await eventually(async () => expect(await copies()).toEqual([nameOf(one)]))
  })

  it.each<[string, (directory: string) => Promise<void>]>([
    ['a changed file', (directory) => writeFile(join(directory, 'dir/file.yaml'), 'evil')],
    ['an emptied file', (directory) => writeFile(join(directory, 'dir/file.yaml'), '')],
    ['a missing file', (directory) => rm(join(directory, 'dir/file.yaml'))],
    ['a file too many', (directory) => writeFile(join(directory, 'more'), '')],
    ['a directory too many', (directory) => mkdir(join(directory, 'more'))],
    ['no index', (directory) => rm(`${directory}.index.json`)],
    ['a damaged index', (directory) => writeFile(`${directory}.index.json`, '{')],
    ['no directory', (directory) => rm(directory, { recursive: true })],
  ])('fetches anew instead of a copy with %s', async (_what, damage) => {
    const artifact = await publish('one')
    const before = await open()
    ;(await before.acquire(artifact)).release()
    await before.close()
    await damage(join(cacheRoot, nameOf(artifact)))
    requests = []
    const after = await open()
    using acquired = await after.acquire(artifact)
    expect(requests.length).toBe(1)
    expect(await readFile(join(acquired.directory, 'dir/file.yaml'), 'utf8')).toBe('one')
    expect(await readdir(acquired.directory)).toEqual(['dir'])
    expect(after.stats).toMatchObject({ copies: 1, bytes: 12 * 1024 })
  })

  it('removes what ended processes left, and leaves alone what others are doing', async () => {
    await mkdir(join(cacheRoot, `.${2 ** 22 + 1}-00.tmp/tree`), { recursive: true })
    await mkdir(join(cacheRoot, `.${process.pid}-00.tmp`))
    await utimes(join(cacheRoot, `.${process.pid}-00.tmp`), 1, 1)
    await mkdir(join(cacheRoot, `.${process.ppid}-00.tmp`))
    await writeFile(join(cacheRoot, `sha256-00.use-${2 ** 22 + 1}`), '')
    await writeFile(join(cacheRoot, `sha256-00.use-${process.ppid}`), '')
    await open()
    expect((await readdir(cacheRoot)).sort()).toEqual([`.${process.ppid}-00.tmp`, `sha256-00.use-${process.ppid}`])
  })

  it('does not remove what another process uses', async () => {
    const [one, two] = [await publish('one'), await publish('two')]
    const cache = await open({ maxBytes: 12 * 1024 })
    ;(await cache.acquire(one)).release()
    const marker = join(cacheRoot, `${nameOf(one)}.use-${process.ppid}`)
    await writeFile(marker, '')
    ;(await cache.acquire(two)).release()
    await cache.close()
    expect(await copies()).toEqual([nameOf(one), nameOf(two)].sort())
  })

  it('uses the copy of a process that was faster', async () => {
    const artifact = await publish('one')
    const [slow, fast] = [await open(), await open()]
    const files = createFileServer({ root: join(root, 'store') })
    let held: (() => void) | undefined
    intercept = (request, response) => void (held = () => files(request, response))
    const acquiring = slow.acquire(artifact)
    await eventually(() => expect(held).toBeDefined())
    intercept = undefined
    const first = await fast.acquire(artifact)
    held?.()
    const second = await acquiring
    expect(second.directory).toBe(first.directory)
    expect(await copies()).toEqual([nameOf(artifact)])
    first.release()
    second.release()
  })
})

describe('ArtifactCache.readIndex', () => {
  it('reads the published index instead of the archive, once for many', async () => {
    const artifact = await publish('one')
    const cache = await open()
    const found = await Promise.all(Array.from({ length: 10 }, () => cache.readIndex(artifact)))
    expect(found[9]?.files).toMatchObject([{ path: 'dir/file.yaml' }])
    expect(requests).toEqual(['/gitrepository/ns/one/one.tar.gz.index.json'])
    expect(await copies()).toEqual([])
  })

  it('has it from the copy when there is one', async () => {
    const artifact = await publish('one')
    const cache = await open()
    using acquired = await cache.acquire(artifact)
    expect(await cache.readIndex(artifact)).toBe(acquired.index)
    expect(requests.length).toBe(1)
  })

  it.each<[string, (artifact: Artifact) => Promise<Artifact>]>([
    ['there is none', ({ metadata: _metadata, ...plain }) => Promise.resolve(plain)],
    ['it is gone', async (artifact) => rm(`${store.localPath(artifact)}.index.json`).then(() => artifact)],
    [
      'it has another digest',
      async (artifact) => writeFile(`${store.localPath(artifact)}.index.json`, '{}').then(() => artifact),
    ],
    ['its digest is none', (artifact) => Promise.resolve({ ...artifact, metadata: { [indexMetadataKey]: 'x' } })],
  ])('unpacks the archive when %s', async (_what, bend) => {
    const artifact = await bend(await publish('one'))
    const cache = await open()
    expect((await cache.readIndex(artifact)).files.length).toBe(1)
    expect(await copies()).toEqual([nameOf(artifact)])
    expect(cache.stats.inUse).toBe(0)
  })

  it('does not ask for the archive when the server cannot be reached', async () => {
    const artifact = await publish('one')
    intercept = (request) => void request.destroy()
    await expect((await open()).readIndex(artifact)).rejects.toMatchObject({ code: 'FetchFailed' })
    expect(requests.length).toBe(1)
  })

  it('fails when the archive is gone too', async () => {
    const artifact = await publish('one')
    await store.removeAll({ kind: 'GitRepository', namespace: 'ns', name: 'one' })
    await expect((await open()).readIndex(artifact)).rejects.toMatchObject({ code: 'NotFound' })
  })
})
