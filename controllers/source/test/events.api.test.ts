// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const group = 'source.toolkit.fluxcd.io'

it('a new artifact is told with its revision and digest', async () => {
  const repo = await scene.git.create('new')
  const subject = 'Add the shop, which sells all that a shop can sell, and more'
  const commit = await repo.commit({ 'a.txt': '1' }, { message: `${subject}\n\nA body.` })
  await scene.create('new', { url: repo.url })
  const artifact = artifactOf(await scene.untilReady('new'))
  const message = `stored artifact for commit '${subject.slice(0, 50)}...'`
  const metadata = { [`${group}/revision`]: `main@sha1:${commit}`, [`${group}/digest`]: artifact.digest }
  await scene.untilEvent('new', 'NewArtifact')
  const expected = { type: 'Normal', reason: 'NewArtifact', message, count: 1, annotations: metadata }
  expect(await scene.events('new')).toEqual([expected])
  await eventually(() => expect(scene.receiver.of('new')).toHaveLength(1))
  expect(scene.receiver.of('new')[0]).toMatchObject({
    involvedObject: { kind: 'GitRepository', apiVersion: `${group}/v1`, namespace: scene.namespace, name: 'new' },
    severity: 'info',
    reason: 'NewArtifact',
    message,
    metadata,
    reportingController: 'source-controller',
  })
})

it('a run that finds nothing new is told to the Kubernetes API alone', async () => {
  const repo = await scene.git.create('same', { 'a.txt': '1' })
  const commit = await repo.git('rev-parse', 'main')
  await scene.create('same', { url: repo.url })
  await scene.untilReady('same')
  await scene.reconcile('same')
  const message = `no changes since last reconciliation: observed revision 'main@sha1:${commit}'`
  expect(await scene.untilEvent('same', 'GitOperationSucceeded')).toMatchObject({ type: 'Normal', message })
  // what comes after it has come, so the event before it would have come, too
  await repo.commit({ 'a.txt': '2' })
  await scene.reconcile('same')
  await eventually(() => expect(scene.receiver.of('same')).toHaveLength(2))
  expect(scene.receiver.of('same').map(({ reason }) => reason)).toEqual(['NewArtifact', 'NewArtifact'])
})

it('a failure is told at every attempt, and its end once', async () => {
  const repo = await scene.git.create('broken', { 'a.txt': '1' })
  const commit = await repo.git('rev-parse', 'main')
  await scene.create('broken', { url: repo.url })
  const { digest } = artifactOf(await scene.untilReady('broken'))
  scene.git.faults.onRequest = ({ url }) => (url.startsWith('/broken') ? { status: 403 } : undefined)
  await scene.request('broken', 'while broken')
  const failed = await scene.untilFailed('broken', 'GitOperationFailed')
  const text = `failed to checkout and determine revision: unable to clone '${repo.url}': authorization failed`
  expect(conditionsOf(failed)).toEqual({
    Ready: ['False', 'GitOperationFailed', text],
    FetchFailed: ['True', 'GitOperationFailed', text],
    Reconciling: ['True', 'ProgressingWithRetry', 'reconciliation in progress'],
    ArtifactInStorage: ['True', 'Succeeded', `stored artifact for revision 'main@sha1:${commit}'`],
  })
  expect(failed.status).toMatchObject({ observedGeneration: 1, lastHandledReconcileAt: 'while broken' })
  await eventually(() => expect(scene.receiver.of('broken').length).toBeGreaterThan(3))
  expect(scene.receiver.of('broken')[2]).toMatchObject({
    severity: 'error',
    reason: 'GitOperationFailed',
    message: text,
  })
  expect(scene.receiver.of('broken')[2]?.metadata).toBeUndefined()
  const event = await scene.untilEvent('broken', 'GitOperationFailed')
  expect(event).toMatchObject({ type: 'Warning', message: text })

  scene.git.faults = {}
  const obj = await scene.untilReady('broken')
  expect(Object.keys(conditionsOf(obj))).toEqual(['Ready', 'ArtifactInStorage'])
  const recovered = {
    severity: 'info',
    reason: 'Succeeded',
    message: `stored artifact for commit 'main@sha1:${commit}'`,
    metadata: { [`${group}/revision`]: `main@sha1:${commit}`, [`${group}/digest`]: digest },
  }
  await eventually(() => expect(scene.receiver.of('broken').at(-1)).toMatchObject(recovered))
  await scene.reconcile('broken')
  await scene.untilEvent('broken', 'GitOperationSucceeded')
  expect((await scene.events('broken')).filter(({ reason }) => reason === 'Succeeded')).toMatchObject([{ count: 1 }])
})
