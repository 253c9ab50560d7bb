// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { conditionsOf, configMap, deployment, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('when a Kustomization runs', () => {
  it('is again after the interval, which reports and writes nothing else', async () => {
    const revision = await scene.deploy('interval', { 'a.yaml': configMap('interval') }, { interval: '1s' })
    await scene.untilReady('interval', revision)
    const before = await scene.client.get(scene.object('ConfigMap', 'interval'))
    const obj = await scene.until('interval', ({ status }) => (status?.history?.[0]?.totalReconciliations ?? 0) >= 3)
    expect(obj.status?.history).toHaveLength(1)
    expect(await scene.client.get(scene.object('ConfigMap', 'interval'))).toEqual(before)
    const events = scene.receiver.of('interval').filter(({ reason }) => reason === 'Progressing')
    expect(events).toHaveLength(1)
  })

  it('is again after the retry interval once it failed', async () => {
    await scene.deploy('retried', { 'a.yaml': configMap('retried') }, { path: './later', retryInterval: '1s' })
    await scene.untilFailed('retried', 'ArtifactFailed', /path not found/)
    const tries = (): number => scene.receiver.of('retried').filter(({ severity }) => severity === 'error').length
    const before = tries()
    const obj = await scene.until('retried', () => tries() >= before + 2)
    expect(conditionsOf(obj)['Reconciling']?.slice(0, 2)).toEqual(['True', 'ProgressingWithRetry'])
  })

  it('is at once when the spec changes', async () => {
    const revision = await scene.deploy('spec', { 'a.yaml': configMap('spec') })
    await scene.untilReady('spec', revision)
    await scene.patch('spec', { spec: { commonMetadata: { labels: { changed: 'yes' } } } })
    const obj = await scene.untilReady('spec', revision)
    expect(obj.status?.observedGeneration).toBe(obj.metadata.generation)
    const live = await scene.client.get(scene.object('ConfigMap', 'spec'))
    expect(live.metadata.labels?.['changed']).toBe('yes')
  })

  it('is at once when it is asked for, with a look at everything', async () => {
    const revision = await scene.deploy('asked', { 'a.yaml': configMap('asked') })
    await scene.untilReady('asked', revision)
    const obj = await scene.reconcile('asked', 'now')
    expect(obj.status?.lastHandledReconcileAt).toBe('now')
    expect(obj.status?.history?.[0]?.totalReconciliations).toBe(2)
    await scene.request('asked', 'now')
    await scene.reconcile('asked', 'again')
    expect((await scene.get('asked')).status?.history?.[0]?.totalReconciliations).toBe(3)
  })

  it('handles a request that fails all the same', async () => {
    await scene.deploy('asked-bad', { 'a.yaml': configMap('a') }, { path: './missing' })
    await scene.untilFailed('asked-bad', 'ArtifactFailed')
    const obj = await scene.reconcile('asked-bad', 'now')
    expect(conditionsOf(obj)['Ready']?.slice(0, 2)).toEqual(['False', 'ArtifactFailed'])
  })

  it('has handled a request only when the wait for health is over', async () => {
    const revision = await scene.deploy('asked-slow', { 'a.yaml': deployment('asked-slow', 'Unready') }, { wait: true })
    await scene.request('asked-slow', 'now')
    await scene.until('asked-slow', (obj) => conditionsOf(obj)['Healthy']?.[0] === 'Unknown')
    await scene.request('asked-slow', 'later')
    const waiting = await scene.until('asked-slow', (obj) => conditionsOf(obj)['Healthy']?.[0] === 'Unknown')
    expect(waiting.status).not.toHaveProperty('lastHandledReconcileAt')
    const fixed = await scene.publish({ 'a.yaml': deployment('asked-slow') }, { source: 'asked-slow' })
    const obj = await scene.untilReady('asked-slow', fixed)
    expect(fixed).not.toBe(revision)
    expect(obj.status?.lastHandledReconcileAt).toBe('later')
  })
})

describe('a suspended Kustomization', () => {
  it('is left alone, and catches up when it is resumed', async () => {
    const first = await scene.deploy('suspended', { 'a.yaml': configMap('suspended') })
    const before = await scene.untilReady('suspended', first)
    await scene.patch('suspended', { spec: { suspend: true } })
    const second = await scene.publish({ 'a.yaml': configMap('suspended', { at: 'second' }) }, { source: 'suspended' })
    // somebody else at the same source is served, so the revision was seen
    await scene.create('beside', { sourceRef: { kind: 'GitRepository', name: 'suspended' }, namePrefix: 'beside-' })
    await scene.untilReady('beside', second)
    await scene.request('suspended', 'in vain')
    const during = await scene.until('suspended', isObserved)
    expect(during.status).toEqual({ ...before.status, observedGeneration: during.metadata.generation })
    expect((await scene.client.get(scene.object('ConfigMap', 'suspended')))['data']).toEqual({ key: 'value' })
    await scene.patch('suspended', { spec: { suspend: false } })
    const after = await scene.untilReady('suspended', second)
    expect(after.status?.lastHandledReconcileAt).toBe('in vain')
    expect((await scene.client.get(scene.object('ConfigMap', 'suspended')))['data']).toEqual({ at: 'second' })
  })
})

/** kstatus takes what is behind for unfinished, so a suspension is observed too. */
function isObserved({ metadata, status }: Kustomization): boolean {
  return status?.observedGeneration === metadata.generation
}
