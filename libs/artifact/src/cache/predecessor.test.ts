// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import { systemClock } from '@tidelock/api'
import type { HttpClient } from '@tidelock/http'
import { createHttpClient } from '@tidelock/http'
import { ArtifactCache, ArtifactStore, createFileServer } from '../index.ts'

let root: string
let cacheRoot: string
let server: Server
let http: HttpClient
let store: ArtifactStore
let warnings: string[]
let cache: ArtifactCache

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'predecessor-'))
  cacheRoot = join(root, 'cache')
  warnings = []
  await mkdir(join(root, 'store'))
  server = createServer(createFileServer({ root: join(root, 'store') })).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const clock = systemClock
  http = createHttpClient({ userAgent: 'test' })
  store = await ArtifactStore.open({ root: join(root, 'store'), advertisedAddress: `127.0.0.1:${port}`, clock })
  const onWarning = (message: string): void => void warnings.push(message)
  cache = await ArtifactCache.open({ root: cacheRoot, maxBytes: 1e9, http, clock, retries: 0, onWarning })
})
afterEach(async () => {
  await cache.close()
  await http.close()
  server.closeAllConnections()
  server.close()
  await rm(root, { recursive: true, force: true })
})

/** Publishes files as the artifact of a revision of a source. */
function publish(revision: string, files: Readonly<Record<string, string>>, name: string = 'fleet'): Promise<Artifact> {
  const entries = Object.entries(files).map(([path, content]) => ({ path, mode: 0o644, content: Buffer.from(content) }))
  const owner = { kind: 'GitRepository', namespace: 'ns', name }
  return store.writeArchive(owner, { revision, fileName: `${revision}.tar.gz`, entries })
}

function nameOf({ digest }: Artifact): string {
  return digest.replace(':', '-')
}

async function copies(): Promise<string[]> {
  return (await readdir(cacheRoot)).filter((name) => /^sha256-[0-9a-f]+$/.test(name)).sort()
}

async function inode(directory: string, path: string): Promise<number> {
  return (await stat(join(directory, path))).ino
}

const before = { 'a/changed': '1', 'a/same': 's', 'b/gone': 'g' }
const after = { 'a/changed': '2', 'a/same': 's', 'c/new': 'n' }

async function filesOf(directory: string): Promise<Record<string, string>> {
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = found.filter((each) => each.isFile()).map((each) => join(each.parentPath, each.name))
  const read = files.map(async (file) => [file.slice(directory.length + 1), await readFile(file, 'utf8')] as const)
  return Object.fromEntries(await Promise.all(read))
}

describe('ArtifactCache and the next artifact of a source', () => {
  it('turns the copy that nobody uses any more into that of the next one', async () => {
    const [one, two] = [await publish('one', before), await publish('two', after)]
    const first = await cache.acquire(one)
    const [same, changed] = [await inode(first.directory, 'a/same'), await inode(first.directory, 'a/changed')]
    first.release()
    using second = await cache.acquire(two)
    expect(await filesOf(second.directory)).toEqual(after)
    expect(await inode(second.directory, 'a/same')).toBe(same)
    expect(await inode(second.directory, 'a/changed')).not.toBe(changed)
    expect(await copies()).toEqual([nameOf(two)])
    expect((await readdir(second.directory)).sort()).toEqual(['a', 'c'])
    expect(cache.stats).toMatchObject({ copies: 1, inUse: 1 })
    // the first one comes back where it is asked for
    using again = await cache.acquire(one)
    expect(await readFile(join(again.directory, 'b/gone'), 'utf8')).toBe('g')
    expect(warnings).toEqual([])
  })

  it('leaves alone a copy that is used, here or by another process, and one of another source', async () => {
    const [one, two] = [await publish('one', before), await publish('two', after)]
    ;(await cache.acquire(await publish('other', { x: 'y' }, 'other'))).release()
    using first = await cache.acquire(one)
    const second = await cache.acquire(two)
    expect(await filesOf(second.directory)).toEqual(after)
    second.release()
    expect(await readFile(join(first.directory, 'a/changed'), 'utf8')).toBe('1')
    await writeFile(join(cacheRoot, `${nameOf(two)}.use-${process.ppid}`), '')
    using third = await cache.acquire(await publish('three', { ...after, 'a/changed': '3' }))
    expect(await readFile(join(third.directory, 'a/changed'), 'utf8')).toBe('3')
    expect((await copies()).length).toBe(4)
    expect(await filesOf(join(cacheRoot, nameOf(two)))).toEqual(after)
  })

  it('unpacks anew where the copy is not what it was', async () => {
    const [one, two] = [await publish('one', before), await publish('two', after)]
    const first = await cache.acquire(one)
    await rm(join(first.directory, 'b/gone'))
    first.release()
    using second = await cache.acquire(two)
    expect(await filesOf(second.directory)).toEqual(after)
    expect(warnings).toEqual([expect.stringContaining('does not hold what was unpacked there')])
  })

  it('gives everyone a whole copy while revisions come and go', async () => {
    const revisions = await Promise.all(
      Array.from({ length: 6 }, (_, at) => publish(`r${at}`, { all: `${at}`, [`only/${at}`]: `${at}`, same: 's' })),
    )
    await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const artifact = revisions[(at * 5) % 6] as Artifact
        for (let turn = 0; turn < at % 7; turn++) await new Promise((resolve) => setImmediate(resolve))
        using acquired = await cache.acquire(artifact)
        await new Promise((resolve) => setImmediate(resolve))
        expect(`r${await readFile(join(acquired.directory, 'all'), 'utf8')}`).toBe(artifact.revision)
        expect(await readdir(join(acquired.directory, 'only'))).toEqual([artifact.revision.slice(1)])
      }),
    )
    expect(warnings).toEqual([])
  })
})
