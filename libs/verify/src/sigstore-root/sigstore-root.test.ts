// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { testdata } from '../../test/fixture-store.ts'
import { TestRepository, TufSigner } from '../../test/tuf-repository.ts'
import { publicMirror, publicRootMetadata } from './public-root.ts'
import { SigstoreRoot } from './sigstore-root.ts'
import type { SigstoreRootOptions } from './sigstore-root.ts'

const rootJson = testdata('cosign/trusted_root.json')
/** Another document with the same content. */
const newer = `${rootJson}\n`
const { signal } = new AbortController()
const hourMs = 3600_000
const isOffline = (): Promise<never> => Promise.reject(new Error('connect ENETUNREACH'))

let directory: string
let clock: number
let problems: string[]
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sigstore-root-test-'))
  clock = Date.now()
  problems = []
})
afterEach(() => rm(directory, { recursive: true, force: true }))

function open(repository: TestRepository, options: Partial<SigstoreRootOptions> = {}): SigstoreRoot {
  return new SigstoreRoot({
    repository: repository.repository,
    cacheFile: join(directory, 'cache', 'root.json'),
    scratchRoot: directory,
    fetch: repository.fetch,
    now: () => clock,
    onProblem: (message) => problems.push(message),
    ...options,
  })
}

const authorities = async (root: SigstoreRoot): Promise<number> =>
  (await root.get(signal)).material.certificateAuthorities.length

const refusal = async (root: SigstoreRoot): Promise<unknown> => root.get(signal).catch((error: unknown) => error)
const unavailable = (message: string): object => ({
  code: 'RootUnavailable',
  message: expect.stringContaining(message),
})

describe('SigstoreRoot', () => {
  it('reads the root of a repository, once for all who ask, and leaves nothing behind but its cache', async () => {
    const repository = new TestRepository(rootJson)
    const root = open(repository)
    await expect(Promise.all([authorities(root), authorities(root), authorities(root)])).resolves.toEqual([1, 1, 1])
    expect(repository.asked).toHaveLength(5)
    await expect(authorities(root)).resolves.toBe(1)
    expect(repository.asked).toHaveLength(5)
    expect(await readdir(directory)).toEqual(['cache'])
    expect(await readdir(join(directory, 'cache'))).toEqual(['root.json'])
  })

  it('follows rotated keys', async () => {
    const repository = new TestRepository(rootJson)
    await open(repository).get(signal)
    repository.rotateKeys()
    repository.publish({ target: newer })
    repository.rotateKeys()
    repository.publish()
    clock += 25 * hourMs
    const root = open(repository)
    await expect(authorities(root)).resolves.toBe(1)
    expect(problems).toEqual([])
    await expect(authorities(open(repository, { fetch: isOffline }))).resolves.toBe(1)
  })

  it('asks again after a day, of which only what changed is fetched', async () => {
    const repository = new TestRepository(rootJson)
    const root = open(repository)
    await root.get(signal)
    repository.asked.length = 0
    clock += 23 * hourMs
    await root.get(signal)
    expect(repository.asked).toEqual([])
    clock += 2 * hourMs
    await root.get(signal)
    expect(repository.asked.map((url) => url.split('/').pop())).toEqual(['2.root.json', 'timestamp.json'])
  })

  it('works without a network on what an earlier process left, asks once a minute, and says so', async () => {
    const repository = new TestRepository(rootJson)
    await open(repository).get(signal)
    const asked: string[] = []
    const root = open(repository, {
      fetch: (url) => {
        asked.push(url)
        return isOffline()
      },
    })
    await expect(authorities(root)).resolves.toBe(1)
    expect(asked).toEqual([])
    clock += 25 * hourMs
    await expect(authorities(root)).resolves.toBe(1)
    expect(asked).toHaveLength(1)
    expect(problems).toEqual([expect.stringMatching(/ENETUNREACH.* is used on$/)])
    await expect(authorities(root)).resolves.toBe(1)
    expect(asked).toHaveLength(1)
    clock += 61_000
    await expect(authorities(root)).resolves.toBe(1)
    expect(asked).toHaveLength(2)
  })

  it('gives up what has expired, and fails with the same error for a minute', async () => {
    const expires = { timestamp: new Date(clock + 48 * hourMs).toISOString() }
    const repository = new TestRepository(rootJson, { expires })
    const root = open(repository)
    await root.get(signal)
    clock += 49 * hourMs
    const failing = open(repository, { fetch: isOffline })
    const error = await refusal(failing)
    expect(error).toMatchObject(unavailable('http://tuf.example.com: connect ENETUNREACH'))
    expect(await refusal(failing)).toBe(error)
    clock += 61_000
    expect(await refusal(failing)).not.toBe(error)
    expect(problems).toEqual([])
  })

  it.each([
    ['timestamp', 'Final timestamp.json is expired'],
    ['snapshot', 'snapshot.json is expired'],
    ['targets', 'targets.json is expired'],
    ['root', 'Final root.json is expired'],
  ])('refuses an expired %s', async (role, message) => {
    const repository = new TestRepository(rootJson, { expires: { [role]: '2024-01-01T00:00:00Z' } })
    expect(await refusal(open(repository))).toMatchObject(unavailable(message))
  })

  it('refuses metadata that another signed', async () => {
    const repository = new TestRepository(rootJson, { timestampSigner: new TufSigner() })
    expect(await refusal(open(repository))).toMatchObject(unavailable('timestamp'))
    const stranger = new TestRepository(rootJson)
    const forged = new TestRepository(rootJson)
    forged.rotateKeys()
    forged.publish()
    stranger.files.set('2.root.json', forged.file('2.root.json'))
    expect(await refusal(open(stranger))).toMatchObject(unavailable('root'))
  })

  it('refuses older metadata than it has seen, also after a restart', async () => {
    const repository = new TestRepository(rootJson)
    repository.publish({ target: newer })
    await open(repository).get(signal)
    repository.publish({ target: rootJson, version: 1 })
    clock += 25 * hourMs
    await expect(authorities(open(repository))).resolves.toBe(1)
    expect(problems).toEqual([expect.stringContaining('New timestamp version 1 is less than current version 2')])
  })

  it('keeps a changed root when the rest fails: the old timestamp key is not taken back', async () => {
    const repository = new TestRepository(rootJson)
    await open(repository).get(signal)
    const old = repository.file('timestamp.json')
    repository.rotateKeys()
    clock += 25 * hourMs
    await open(repository).get(signal)
    repository.files.set('timestamp.json', old)
    repository.files.delete('2.root.json')
    expect(await refusal(open(repository))).toMatchObject(unavailable('timestamp'))
  })

  it.each<[string, (repository: TestRepository) => void, string]>([
    ['a target that is another', (r) => r.files.set(targetOf(r), Buffer.from(newer.replace('{', '['))), 'hash'],
    ['a target that is longer', (r) => r.files.set(targetOf(r), Buffer.from(`${newer} `)), 'larger than allowed'],
    ['a target that is missing', (r) => r.files.delete(targetOf(r)), 'trusted_root.json is not there'],
    ['a timestamp that is missing', (r) => r.files.delete('timestamp.json'), 'timestamp.json is not there'],
    ['a timestamp that is nested deeply', (r) => nest(r, 'timestamp.json'), 'cannot be had'],
    ['a timestamp that is no JSON', (r) => r.files.set('timestamp.json', Buffer.from('<html>')), 'JSON'],
    ['a snapshot that is another', (r) => r.files.set('1.snapshot.json', r.file('1.targets.json')), 'snapshot'],
    ['a snapshot that is huge', (r) => r.files.set('1.snapshot.json', Buffer.alloc(3_000_000)), 'larger than allowed'],
  ])('refuses %s', async (_what, change, message) => {
    const repository = new TestRepository(newer)
    change(repository)
    expect(await refusal(open(repository))).toMatchObject(unavailable(message))
    expect(await readdir(directory)).toEqual(['cache'])
  })

  it('refuses a root that cannot be read, or is very large, or none', async () => {
    expect(await refusal(open(new TestRepository('{}')))).toMatchObject(unavailable('unknown media type'))
    const large = new TestRepository(' '.repeat(5 * 1024 * 1024))
    expect(await refusal(open(large))).toMatchObject(unavailable('is larger than'))
  })

  it('keeps the root it has when a new one cannot be read', async () => {
    const repository = new TestRepository(rootJson)
    const root = open(repository)
    await root.get(signal)
    repository.publish({ target: '{}' })
    clock += 25 * hourMs
    await expect(authorities(root)).resolves.toBe(1)
    expect(problems).toEqual([expect.stringContaining('unknown media type')])
  })

  it('starts anew where the cache is damaged or of another repository, and does without one', async () => {
    const repository = new TestRepository(rootJson)
    await open(repository).get(signal)
    const path = join(directory, 'cache', 'root.json')
    const whole = await readFile(path, 'utf8')
    for (const damaged of [
      '',
      whole.slice(0, 200),
      '[]',
      '{"repository":1}',
      whole.replace('"target":"', '"target":"AAAA'),
    ]) {
      await writeFile(path, damaged)
      await expect(authorities(open(repository))).resolves.toBe(1)
    }
    await expect(authorities(open(new TestRepository(rootJson)))).resolves.toBe(1)
    expect(problems).toEqual([])
    await expect(authorities(open(repository, { cacheFile: join(path, 'below') }))).resolves.toBe(1)
    expect(problems).toEqual([expect.stringContaining('cannot be kept in')])
  })

  it('lets one who waits go, and the others get their root', async () => {
    const repository = new TestRepository(rootJson)
    const gate = Promise.withResolvers<void>()
    const root = open(repository, {
      fetch: async (...request) => {
        await gate.promise
        return await repository.fetch(...request)
      },
    })
    const stop = new AbortController()
    const [impatient, patient] = [refusalOf(root.get(stop.signal)), authorities(root)]
    stop.abort(new Error('deleted'))
    await expect(impatient).resolves.toMatchObject({ message: 'deleted' })
    gate.resolve()
    await expect(patient).resolves.toBe(1)
  })

  it('ends an update when it is disposed', async () => {
    const repository = new TestRepository(rootJson)
    const root = open(repository, {
      fetch: (_url, _maxBytes, stop) =>
        new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(stop.reason))),
    })
    const waiting = refusal(root)
    await root[Symbol.asyncDispose]()
    await expect(waiting).resolves.toMatchObject(unavailable('no longer needed'))
  })

  it('begins the chain of the public instance with a root that holds', async () => {
    const root = new SigstoreRoot({
      repository: { mirror: publicMirror, rootMetadata: Buffer.from(publicRootMetadata) },
      cacheFile: join(directory, 'root.json'),
      scratchRoot: directory,
      fetch: (url) => Promise.resolve(url.endsWith('/17.root.json') ? undefined : Buffer.from('{}')),
      now: () => clock,
      onProblem: (message) => problems.push(message),
    })
    const error = await refusal(root)
    expect(error).toMatchObject(unavailable('the trusted root of Sigstore cannot be had from https://tuf-repo-cdn'))
    const { signed } = JSON.parse(publicRootMetadata) as { signed: { version: number; roles: { root: object } } }
    expect(signed).toMatchObject({ version: 16, roles: { root: { threshold: 3 } } })
  })
})

function refusalOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => error)
}

function targetOf({ files }: TestRepository): string {
  return [...files.keys()].find((name) => name.startsWith('targets/')) ?? ''
}

function nest({ files }: TestRepository, name: string): void {
  files.set(name, Buffer.from('['.repeat(8000) + ']'.repeat(8000)))
}
