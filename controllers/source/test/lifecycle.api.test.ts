// SPDX-License-Identifier: Apache-2.0
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '@tidelock/testkit'
import { Scene, artifactOf, conditionsOf } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

async function untilGone(name: string): Promise<void> {
  await eventually(async () => {
    if ((await scene.client.find(scene.ref(name))) !== undefined) throw new Error(`${name} is still there`)
  })
}

describe('a suspended object', () => {
  it('is left alone until it is resumed', async () => {
    const repo = await scene.git.create('paused', { 'a.txt': '1' })
    await scene.create('paused', { url: repo.url })
    const { status } = await scene.untilReady('paused')
    const commit = await repo.commit({ 'a.txt': '2' })
    await scene.patch('paused', { spec: { suspend: true } })
    await scene.request('paused', 'now')
    await eventually(() => expect(scene.log.join('')).toContain('Reconciliation is suspended for this object'))
    expect((await scene.get('paused')).status).toEqual(status)
    await scene.patch('paused', { spec: { suspend: false } })
    const resumed = await scene.untilReady('paused', `main@sha1:${commit}`)
    expect(resumed.status).toMatchObject({ lastHandledReconcileAt: 'now', observedGeneration: 3 })
  })

  it('is cleaned up when it is deleted', async () => {
    const repo = await scene.git.create('paused-gone', { 'a.txt': '1' })
    await scene.create('paused-gone', { url: repo.url })
    const artifact = artifactOf(await scene.untilReady('paused-gone'))
    await scene.patch('paused-gone', { spec: { suspend: true } })
    await scene.client.delete(scene.ref('paused-gone'))
    await untilGone('paused-gone')
    expect(existsSync(dirname(join(scene.storagePath, artifact.path)))).toBe(false)
  })
})

it('a deleted object takes its files with it', async () => {
  const repo = await scene.git.create('deleted', { 'a.txt': '1' })
  await scene.create('deleted', { url: repo.url })
  const obj = await scene.untilReady('deleted')
  expect(obj.metadata.finalizers).toEqual(['finalizers.fluxcd.io'])
  const { url, path } = artifactOf(obj)
  await scene.client.delete(scene.ref('deleted'))
  await untilGone('deleted')
  expect(existsSync(dirname(join(scene.storagePath, path)))).toBe(false)
  expect((await fetch(url)).status).toBe(404)
  expect(await scene.untilEvent('deleted', 'GarbageCollectionSucceeded')).toMatchObject({
    type: 'Normal',
    message: 'garbage collected artifacts for deleted resource',
  })
  await eventually(() => expect(scene.receiver.of('deleted').map(({ reason }) => reason)).toEqual(['NewArtifact']))
})

it('an object that is deleted while its server does not answer goes at once', async () => {
  const repo = await scene.git.create('hangs', { 'a.txt': '1' })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = () => promise
  await scene.create('hangs', { url: repo.url, timeout: '1s' })
  await scene.untilSeen('hangs', (obj) => conditionsOf(obj)['Reconciling'] !== undefined)
  await scene.client.delete(scene.ref('hangs'))
  await untilGone('hangs')
  expect(existsSync(join(scene.storagePath, 'gitrepository', scene.namespace, 'hangs'))).toBe(false)
  scene.git.faults = {}
  resolve(undefined)
})

it('a stop in the middle of a fetch comes soon and is no failure', async () => {
  const repo = await scene.git.create('stopped', { 'a.txt': '1' })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  scene.git.faults.onRequest = ({ url }) => (url.startsWith('/stopped') ? promise : undefined)
  await scene.create('stopped', { url: repo.url })
  await scene.untilSeen('stopped', (obj) => conditionsOf(obj)['Reconciling']?.[2] === 'building artifact')
  await scene.stopController()
  const between = await scene.get('stopped')
  expect(conditionsOf(between)['Reconciling']).toEqual(['True', 'Progressing', 'building artifact'])
  expect(await scene.events('stopped')).toEqual([])
  scene.git.faults = {}
  resolve(undefined)
  scene.startController()
  expect(Object.keys(conditionsOf(await scene.untilReady('stopped')))).toEqual(['Ready', 'ArtifactInStorage'])
})

it('one run comes at every interval', async () => {
  const repo = await scene.git.create('interval', { 'a.txt': '1' })
  await scene.create('interval', { url: repo.url, interval: '200ms' })
  await scene.untilReady('interval')
  const commit = await repo.commit({ 'a.txt': '2' })
  expect(artifactOf(await scene.untilReady('interval', `main@sha1:${commit}`)).revision).toContain(commit)
})

describe('what cannot work', () => {
  const message = 'secretRef with github app data must be specified when provider is set to github'
  const failure = ['InvalidProviderConfiguration', message]

  it('stalls, and counts as seen', async () => {
    await scene.create('stalled', { url: 'http://127.0.0.1:1/app.git', provider: 'github' })
    const obj = await scene.untilFailed('stalled', 'InvalidProviderConfiguration')
    expect(conditionsOf(obj)).toEqual({
      Ready: ['False', ...failure],
      FetchFailed: ['True', ...failure],
      Stalled: ['True', ...failure],
    })
    expect(obj.status?.observedGeneration).toBe(1)
    expect((await scene.untilEvent('stalled', 'InvalidProviderConfiguration')).count).toBe(1)
  })

  it('goes on when the field is removed', async () => {
    const repo = await scene.git.create('cured', { 'a.txt': '1' })
    await scene.create('cured', { url: repo.url, provider: 'github' })
    await scene.untilFailed('cured', 'InvalidProviderConfiguration')
    await scene.patch('cured', { spec: { provider: null } })
    const obj = await scene.untilReady('cured')
    expect(Object.keys(conditionsOf(obj))).toEqual(['Ready', 'ArtifactInStorage'])
  })
})

it.each(['http://', 'http://user:pass word@[', 'http://user:hunter2@host:99999/app.git'])(
  'a URL that is none stalls: %s',
  async (url) => {
    const name = `url-${url.length}`
    await scene.create(name, { url })
    const obj = await scene.untilFailed(name, 'URLInvalid')
    expect(conditionsOf(obj)['Stalled']?.[2]).toMatch(/^failed to parse url 'http:\/\/.*spec\.url must be/)
    expect(JSON.stringify([obj.status, await scene.events(name)])).not.toMatch(/hunter2|pass/)
  },
)

it('objects of other namespaces are left alone', async () => {
  const other = await Scene.open({ controller: false })
  try {
    await other.create('foreign', { url: 'http://127.0.0.1:1/app.git' })
    const repo = await scene.git.create('own', { 'a.txt': '1' })
    await scene.create('own', { url: repo.url })
    await scene.untilReady('own')
    const foreign = await other.get('foreign')
    expect(foreign.metadata.finalizers).toBeUndefined()
    expect(foreign.status).toEqual({ observedGeneration: -1 })
  } finally {
    await other[Symbol.asyncDispose]()
  }
})
