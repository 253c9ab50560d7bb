// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { Scene, artifactOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

it('of requests that come while a source is looked at the newest is not lost', async () => {
  const repo = await scene.git.create('folded', { 'a.txt': '1' })
  await scene.create('folded', { url: repo.url })
  await scene.untilReady('folded')
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
  const { promise: reached, resolve: reach } = Promise.withResolvers<undefined>()
  let looks = 0
  scene.git.faults.onRequest = ({ url }) => {
    if (!url.includes('info/refs')) return undefined
    if (looks++ > 0) return undefined
    reach(undefined)
    return gate
  }
  await scene.request('folded', 'first')
  await reached
  // the look under way was asked for before any of these
  let commit = ''
  for (let n = 0; n < 10; n++) {
    commit = await repo.commit({ 'a.txt': `request ${n}` })
    await scene.request('folded', `later-${n}`)
  }
  open(undefined)
  const obj = await scene.until('folded', ({ status }) => status?.lastHandledReconcileAt === 'later-9')
  expect(artifactOf(obj).revision).toBe(`main@sha1:${commit}`)
  scene.git.faults = {}
})

it('a request does not wait for looks at other sources that take long, although all workers are at those', async () => {
  const slow = await scene.git.create('slow', { 'a.txt': '1' })
  const quick = await scene.git.create('quick', { 'a.txt': '1' })
  await scene.create('quick', { url: quick.url })
  await scene.untilReady('quick')
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = ({ url }) => (url.startsWith('/slow') ? gate : undefined)
  // twice as many as there are workers
  for (let n = 0; n < 4; n++) await scene.create(`slow-${n}`, { url: slow.url })
  await scene.untilSeen('slow-1', ({ status }) => (status?.conditions ?? []).length > 0)
  const commit = await quick.commit({ 'a.txt': '2' })
  await scene.request('quick', 'now')
  const obj = await scene.untilReady('quick', `main@sha1:${commit}`)
  expect((await scene.get('slow-0')).status?.artifact).toBeUndefined()
  expect(artifactOf(obj).revision).toBe(`main@sha1:${commit}`)
  open(undefined)
  scene.git.faults = {}
  for (let n = 0; n < 4; n++) await scene.untilReady(`slow-${n}`)
})

it('a head that did not move costs one listing of one reference, whatever else the server has', async () => {
  const repo = await scene.git.create('many', { 'a.txt': '1' })
  for (let n = 0; n < 20; n++) await repo.git('update-ref', `refs/heads/other-${n}`, 'main')
  await scene.create('many', { url: repo.url })
  const before = await scene.untilReady('many')
  const requests = scene.git.requests.length
  const packs = scene.git.packs
  const bodies: Buffer[] = []
  scene.git.faults.onResponseBody = (_request, body) => {
    body.on('data', (chunk: Buffer) => bodies.push(chunk))
    return body
  }
  const after = await scene.reconcile('many')
  scene.git.faults = {}
  expect(scene.git.requests.slice(requests)).toEqual(['GET /many.git/info/refs', 'POST /many.git/git-upload-pack'])
  expect(scene.git.packs).toBe(packs)
  const said = Buffer.concat(bodies).toString('latin1')
  expect(said).toContain('refs/heads/main')
  expect(said).not.toContain('refs/heads/other')
  expect(artifactOf(after)).toEqual(artifactOf(before))
})
