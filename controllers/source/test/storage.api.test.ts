// SPDX-License-Identifier: Apache-2.0
import { chmod, mkdir, readFile, readdir, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { Artifact } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { downloadArtifact } from './artifact-content.ts'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const pathOf = (artifact: Artifact): string => join(scene.storagePath, artifact.path)

it('a head that did not move is not downloaded', async () => {
  const repo = await scene.git.create('still', { 'a.txt': '1' })
  await scene.create('still', { url: repo.url })
  const before = await scene.untilReady('still')
  const [packs, requests] = [scene.git.packs, scene.git.requests.length]
  expect(packs).toBe(1)
  expect(scene.git.requests).toEqual([
    'GET /still.git/info/refs',
    'POST /still.git/git-upload-pack',
    'POST /still.git/git-upload-pack',
  ])
  const after = await scene.reconcile('still')
  expect(scene.git.packs).toBe(packs)
  expect(scene.git.requests.slice(requests)).toEqual(['GET /still.git/info/refs', 'POST /still.git/git-upload-pack'])
  expect(artifactOf(after)).toEqual(artifactOf(before))
  expect(after.status?.conditions).toEqual(before.status?.conditions)
})

it('a file that is gone is built anew, quietly', async () => {
  const repo = await scene.git.create('gone', { 'a.txt': '1' })
  await scene.create('gone', { url: repo.url })
  const before = artifactOf(await scene.untilReady('gone'))
  await rm(dirname(pathOf(before)), { recursive: true })
  let requests = 0
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = () => (requests++ === 0 ? promise : undefined)
  await scene.request('gone', 'now')
  const building = ['Progressing', 'building artifact: disappeared from storage']
  const seen = await scene.untilSeen('gone', ({ status }) => status?.artifact === undefined)
  expect(conditionsOf(seen)).toEqual({ Ready: ['Unknown', ...building], Reconciling: ['True', ...building] })
  scene.git.faults = {}
  resolve(undefined)
  const after = artifactOf(await scene.untilReady('gone'))
  expect({ ...after, lastUpdateTime: '' }).toEqual({ ...before, lastUpdateTime: '' })
  expect(await downloadArtifact(after)).toEqual({ 'a.txt': '1' })
  // the content is the same, so there is nothing new to tell
  await scene.reconcile('gone')
  await scene.untilEvent('gone', 'GitOperationSucceeded')
  const reasons = (await scene.events('gone')).map(({ reason }) => reason)
  expect(reasons).toEqual(['NewArtifact', 'GitOperationSucceeded'])
})

it('a file that is damaged is reported and built anew', async () => {
  const repo = await scene.git.create('damaged', { 'a.txt': '1' })
  await scene.create('damaged', { url: repo.url })
  const before = artifactOf(await scene.untilReady('damaged'))
  await writeFile(pathOf(before), 'garbage')
  const after = artifactOf(await scene.reconcile('damaged'))
  expect(await downloadArtifact(after)).toEqual({ 'a.txt': '1' })
  const message = `failed to verify integrity of artifact: computed digest doesn't match '${before.digest}'`
  expect(await scene.untilEvent('damaged', 'ArtifactVerificationFailed')).toMatchObject({ type: 'Warning', message })
  await eventually(() =>
    expect(scene.receiver.of('damaged')).toEqual(
      expect.arrayContaining([expect.objectContaining({ severity: 'error', message })]),
    ),
  )
})

it.each([
  [
    'a path outside of the storage',
    { path: 'gitrepository/../../outside' },
    /cannot be part of an artifact's path|is not a path/,
  ],
  ['a digest that is none', { digest: 'md5:abc' }, /digest/],
])('a status that names %s is reported and replaced', async (_what, wrong, message) => {
  const name = `wrong-${Object.keys(wrong)[0]}`
  const repo = await scene.git.create(name, { 'a.txt': '1' })
  await scene.create(name, { url: repo.url })
  const before = artifactOf(await scene.untilReady(name))
  const outside = join(scene.directory, 'outside')
  await writeFile(outside, 'keep')
  await scene.patch(name, { spec: { suspend: true } })
  const body = { status: { artifact: { ...before, ...wrong } } }
  await scene.client.patch(scene.ref(name), { type: 'merge', subresource: 'status', body })
  await scene.patch(name, { spec: { suspend: false } })
  const after = artifactOf(await scene.untilReady(name))
  expect({ ...after, lastUpdateTime: '' }).toEqual({ ...before, lastUpdateTime: '' })
  expect((await scene.untilEvent(name, 'ArtifactVerificationFailed')).message).toMatch(message)
  expect(await readFile(outside, 'utf8')).toBe('keep')
})

it('replaced artifacts stay for a minute, and no more than one of them', async () => {
  const repo = await scene.git.create('garbage')
  const artifacts: Artifact[] = []
  for (const n of [1, 2, 3, 4]) {
    const commit = await repo.commit({ 'a.txt': String(n) })
    if (n === 1) await scene.create('garbage', { url: repo.url })
    else await scene.request('garbage', String(n))
    artifacts.push(artifactOf(await scene.untilReady('garbage', `main@sha1:${commit}`)))
  }
  const names = async (): Promise<string[]> =>
    (await readdir(dirname(pathOf(artifacts[3]!)))).filter((name) => name.endsWith('.gz'))
  const nameOf = (n: number): string => artifacts[n]!.path.split('/').at(-1)!
  // collected before each run: the newest and the two from before it
  expect((await names()).sort()).toEqual([nameOf(1), nameOf(2), nameOf(3)].sort())
  await scene.reconcile('garbage')
  expect((await names()).sort()).toEqual([nameOf(2), nameOf(3)].sort())
  expect(await downloadArtifact(artifacts[2]!)).toEqual({ 'a.txt': '3' })
  const minuteAgo = Date.now() / 1000 - 61
  for (const artifact of artifacts.slice(2)) await utimes(pathOf(artifact), minuteAgo, minuteAgo)
  await scene.reconcile('garbage')
  expect(await names()).toEqual([nameOf(3)])
  const collected = await scene.untilEvent('garbage', 'GarbageCollectionSucceeded')
  expect(collected).toMatchObject({ type: 'Normal', message: 'garbage collected 1 artifacts' })
  expect(scene.receiver.of('garbage').map(({ reason }) => reason)).not.toContain('GarbageCollectionSucceeded')
})

it('a storage that cannot be written is reported, and recovers', async () => {
  const repo = await scene.git.create('full', { 'a.txt': '1' })
  const blocked = join(scene.storagePath, 'gitrepository', scene.namespace)
  await rename(blocked, `${blocked}-aside`).catch(() => undefined)
  await mkdir(dirname(blocked), { recursive: true })
  await writeFile(blocked, 'a file where a directory should be')
  await scene.create('full', { url: repo.url })
  const obj = await scene.untilFailed('full', 'ArchiveOperationFailed')
  const [status, reason, message] = conditionsOf(obj)['StorageOperationFailed']!
  expect([status, reason]).toEqual(['True', 'ArchiveOperationFailed'])
  expect(message).toMatch(/^unable to archive artifact to storage: /)
  await rm(blocked)
  await rename(`${blocked}-aside`, blocked).catch(() => undefined)
  const after = await scene.untilReady('full')
  expect(Object.keys(conditionsOf(after))).toEqual(['Ready', 'ArtifactInStorage'])
})

it('a restarted controller goes on with what is stored', async () => {
  const repo = await scene.git.create('restart', { 'a.txt': '1' })
  await scene.create('restart', { url: repo.url })
  const before = await scene.untilReady('restart')
  await scene.stopController()
  const packs = scene.git.packs
  scene.startController()
  const unchanged = await scene.untilEvent('restart', 'GitOperationSucceeded')
  expect(unchanged.message).toContain('no changes')
  const after = await scene.get('restart')
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  expect(await downloadArtifact(artifactOf(after))).toEqual({ 'a.txt': '1' })
  expect(scene.git.packs).toBe(packs)
})

it('a new address is told, and the old file served under it', async () => {
  const repo = await scene.git.create('address', { 'a.txt': '1' })
  await scene.create('address', { url: repo.url })
  const before = artifactOf(await scene.untilReady('address'))
  await scene.stopController()
  const { host } = new URL(before.url)
  scene.startController({ flags: [`--storage-adv-addr=http://localhost:${host.split(':')[1]}`] })
  const isMoved = (url: string | undefined): boolean => url?.startsWith('http://localhost:') === true
  const after = artifactOf(await scene.until('address', ({ status }) => isMoved(status?.artifact?.url)))
  expect({ ...after, url: before.url }).toEqual(before)
  expect(await downloadArtifact(after)).toEqual({ 'a.txt': '1' })
})

it('serves ranges, hides what is unfinished, and never leaves its root', async () => {
  const repo = await scene.git.create('served', { 'a.txt': '1' })
  await scene.create('served', { url: repo.url })
  const artifact = artifactOf(await scene.untilReady('served'))
  const part = await fetch(artifact.url, { headers: { range: 'bytes=2-5' } })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 2-5/${artifact.size}`])
  const url = new URL(artifact.url)
  expect(Buffer.from(await part.arrayBuffer())).toEqual((await readFile(pathOf(artifact))).subarray(2, 6))
  await writeFile(join(scene.directory, 'outside'), 'secret')
  await chmod(pathOf(artifact), 0o600)
  for (const path of ['/..%2foutside', '/%2e%2e/outside', `/${artifact.path}/..%2f..%2f..%2f..%2foutside`])
    expect((await fetch(url.origin + path)).status).toBe(404)
})
