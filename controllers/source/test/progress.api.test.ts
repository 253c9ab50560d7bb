// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { GitRequest } from '@tidelock/local-cluster'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Lets the requests that match wait until the returned function is called. */
function hold(matches: (request: GitRequest) => boolean): () => void {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = (request) => (matches(request) ? promise : undefined)
  return () => {
    scene.git.faults = {}
    resolve(undefined)
  }
}

it('the first look at an object shows what is going on', async () => {
  const repo = await scene.git.create('first', { 'a.txt': '1' })
  const release = hold(({ method }) => method === 'GET')
  await scene.create('first', { url: repo.url })
  const building = ['Progressing', 'building artifact']
  const obj = await scene.until('first', (seen) => conditionsOf(seen)['Reconciling']?.[2] === building[1])
  expect(conditionsOf(obj)).toEqual({ Ready: ['Unknown', ...building], Reconciling: ['True', ...building] })
  expect(obj.status?.observedGeneration).toBe(-1)
  release()
  await scene.untilReady('first')
})

it('a new commit makes the artifact outdated until it is stored', async () => {
  const repo = await scene.git.create('moves', { 'a.txt': '1' })
  const old = await repo.git('rev-parse', 'main')
  await scene.create('moves', { url: repo.url })
  const before = await scene.untilReady('moves')
  const commit = await repo.commit({ 'a.txt': '2' })
  let posts = 0
  const release = hold(({ method }) => method === 'POST' && ++posts > 1)
  await scene.request('moves', 'now')
  const message = `new upstream revision 'main@sha1:${commit}'`
  const obj = await scene.until('moves', (seen) => conditionsOf(seen)['ArtifactOutdated'] !== undefined)
  expect(conditionsOf(obj)).toEqual({
    Ready: ['Unknown', 'Progressing', `building artifact: ${message}`],
    Reconciling: ['True', 'Progressing', `building artifact: ${message}`],
    ArtifactOutdated: ['True', 'NewRevision', message],
    ArtifactInStorage: ['True', 'Succeeded', `stored artifact for revision 'main@sha1:${old}'`],
  })
  expect(artifactOf(obj)).toEqual(artifactOf(before))
  expect(obj.status?.lastHandledReconcileAt).toBeUndefined()
  release()
  const after = await scene.untilReady('moves', `main@sha1:${commit}`)
  expect(Object.keys(conditionsOf(after))).toEqual(['Ready', 'ArtifactInStorage'])
  expect(after.status?.lastHandledReconcileAt).toBe('now')
})

it('a request and a new generation are shown while the artifact stays Ready', async () => {
  const repo = await scene.git.create('asked', { 'a.txt': '1' })
  await scene.create('asked', { url: repo.url })
  const ready = conditionsOf(await scene.untilReady('asked'))
  const inProgress = 'reconciliation in progress'
  const release = hold(({ method }) => method === 'GET')
  await scene.request('asked', 'now')
  const asked = await scene.untilSeen('asked', (obj) => conditionsOf(obj)['Reconciling'] !== undefined)
  expect(conditionsOf(asked)).toEqual({ ...ready, Reconciling: ['True', 'Progressing', inProgress] })
  release()
  await scene.until('asked', ({ status }) => status?.lastHandledReconcileAt === 'now')

  const releaseAgain = hold(({ method }) => method === 'GET')
  await scene.patch('asked', { spec: { interval: '2h' } })
  const changed = await scene.untilSeen('asked', (obj) => conditionsOf(obj)['Reconciling'] !== undefined)
  const newGeneration = 'processing object: new generation 1 -> 2'
  expect(conditionsOf(changed)).toEqual({ ...ready, Reconciling: ['True', 'Progressing', newGeneration] })
  expect(changed.status?.observedGeneration).toBe(1)
  releaseAgain()
  expect((await scene.untilReady('asked')).status?.observedGeneration).toBe(2)
})
