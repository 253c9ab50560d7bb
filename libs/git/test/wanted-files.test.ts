// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { commitFiles, createRepository, startGitServer } from '@tidelock/local-cluster'
import type { GitAnswer, GitRequest, GitServer } from '@tidelock/local-cluster'
import { openRemote } from '../src/index.ts'
import type { GitRef } from '../src/index.ts'
import { impatientClock } from './clock.ts'

const large = randomBytes(300_000)
let directory = ''
let scratch = ''
let server: GitServer
let commit = ''
let received = 0
let onRequest: (request: GitRequest) => GitAnswer | undefined = () => undefined

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-wanted-'))
  scratch = await mkdtemp(join(tmpdir(), 'tidelock-scratch-'))
  const { gitDir } = await createRepository(directory, 'app.git')
  await commitFiles(gitDir, { 'apps/a.txt': 'old' })
  commit = await commitFiles(gitDir, {
    'apps/a.txt': 'a',
    'apps/b/c.txt': 'c',
    'media/large.bin': large,
    'top.txt': 'a',
  })
  const onResponseBody = (_request: GitRequest, body: Readable): Readable =>
    body.on('data', (chunk: Buffer) => void (received += chunk.length))
  server = await startGitServer({
    root: directory,
    hooks: { onRequest: (request) => onRequest(request), onResponseBody },
  })
})
afterAll(async () => {
  await server.stop()
  for (const each of [directory, scratch]) await rm(each, { recursive: true, force: true })
})

async function read(isWanted: (path: string) => boolean, ref: GitRef = { branch: 'main' }) {
  received = 0
  const settings = { url: `${server.url}/app.git`, timeoutMs: 60_000, clock: impatientClock, scratchDir: scratch }
  await using remote = openRemote(settings)
  const found: Record<string, number> = {}
  {
    await using tree = await remote.fetchTree(await remote.resolve(ref), { isWanted })
    for await (const entry of tree.entries()) {
      const content = await entry.content()
      found[entry.path] = Buffer.concat(
        content instanceof Uint8Array ? [content] : await Array.fromAsync(content),
      ).length
    }
  }
  expect(await readdir(scratch)).toEqual([])
  return found
}

const inApps = (path: string): boolean => path.startsWith('apps/')

it.each<[string, () => GitRef]>([
  ['a branch', () => ({ branch: 'main' })],
  ['a commit', () => ({ commit })],
])('of %s only the wanted files are fetched and shown', async (_what, ref) => {
  expect(await read(inApps, ref())).toEqual({ 'apps/a.txt': 1, 'apps/b/c.txt': 1 })
  expect(received).toBeLessThan(10_000)
})

it('nothing more is fetched where nothing is wanted, and all of it where all is', async () => {
  expect(await read(() => false)).toEqual({})
  expect(received).toBeLessThan(10_000)
  expect(await read(() => true)).toEqual({
    'apps/a.txt': 1,
    'apps/b/c.txt': 1,
    'media/large.bin': 300_000,
    'top.txt': 1,
  })
})

it('a server of the old protocol sends all, and the wanted files are shown', async () => {
  onRequest = ({ headers }) => {
    delete headers['git-protocol']
    return undefined
  }
  expect(await read(inApps)).toEqual({ 'apps/a.txt': 1, 'apps/b/c.txt': 1 })
  expect(received).toBeGreaterThan(300_000)
  onRequest = () => undefined
})

it('a server that will not hand out files by their ids is asked for all of them', async () => {
  let posts = 0
  const said = 'ERR upload-pack: not our ref\n'
  const body = (said.length + 4).toString(16).padStart(4, '0') + said
  const refusal = { status: 200, headers: { 'content-type': 'application/x-git-upload-pack-result' }, body }
  // the listing of references, the commit, the files
  onRequest = ({ method }) => (method === 'POST' && ++posts === 3 ? refusal : undefined)
  expect(await read(inApps)).toEqual({ 'apps/a.txt': 1, 'apps/b/c.txt': 1 })
  expect(posts).toBe(4)
  expect(received).toBeGreaterThan(300_000)
  onRequest = () => undefined
})
