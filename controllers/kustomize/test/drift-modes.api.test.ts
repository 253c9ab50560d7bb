// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { configMap, Scene } from './harness.ts'
import {
  driftAnnotation,
  drifted,
  driftReports,
  edit,
  managed,
  passOneCorrection,
  untilDrifted,
} from './drift-scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const warn = { [driftAnnotation]: 'warn' }
const dataOf = async (ref: ObjectRef): Promise<unknown> => (await scene.client.get(ref))['data']
const hasData =
  (data: object) =>
  (obj: KubeObject): boolean =>
    JSON.stringify(obj['data']) === JSON.stringify(data)

describe('warn', () => {
  it('reports an edit once and leaves it, also when a run is asked for, and at the interval', async () => {
    const ref = await managed(scene, 'warned', { interval: '2s' }, warn)
    await edit(scene, ref, { data: { key: 'edited' } })
    const subject = `ConfigMap/${scene.namespace}/warned`
    expect(await untilDrifted(scene, 'warned', 'True')).toBe(`${subject} changed by kubectl-edit`)
    const before = await scene.reconcile('warned')
    await scene.until('warned', ({ status }) => {
      const runs = (each: typeof status): number => each?.history?.[0]?.totalReconciliations ?? 0
      return runs(status) >= runs(before.status) + 3
    })
    expect(await dataOf(ref)).toEqual({ key: 'edited' })
    expect(driftReports(scene, 'warned')).toEqual([
      `${subject} changed by kubectl-edit, left as it is (drift mode warn)`,
    ])
    const [event] = scene.receiver.of('warned').filter(({ reason }) => reason === 'DriftDetected')
    expect(event?.severity).toBe('info')
    expect(JSON.parse(event?.metadata?.[driftAnnotation] ?? '')).toEqual([
      { object: subject, cause: 'changed', manager: 'kubectl-edit', action: 'left' },
    ])
  })

  it('leaves a deleted object deleted, and says so', async () => {
    const ref = await managed(scene, 'missed', {}, warn)
    await scene.client.delete(ref)
    expect(await untilDrifted(scene, 'missed', 'True')).toBe(`ConfigMap/${scene.namespace}/missed deleted`)
    await passOneCorrection(scene)
    expect(await scene.client.find(ref)).toBeUndefined()
    expect((await scene.get('missed')).status?.inventory?.entries).toHaveLength(1)
  })

  it('applies what changes in Git, and nothing beside it', async () => {
    const files = { 'a.yaml': configMap('one'), 'b.yaml': configMap('two') }
    const revision = await scene.publish(files, { source: 'pair' })
    await scene.create('pair', { sourceRef: { kind: 'GitRepository', name: 'pair' } }, warn)
    await scene.untilReady('pair', revision)
    const [one, two] = [scene.object('ConfigMap', 'one'), scene.object('ConfigMap', 'two')]
    await edit(scene, one, { data: { key: 'edited' } })
    await untilDrifted(scene, 'pair', 'True')
    const next = await scene.publish({ ...files, 'b.yaml': configMap('two', { key: 'new' }) }, { source: 'pair' })
    await scene.untilReady('pair', next)
    expect([await dataOf(one), await dataOf(two)]).toEqual([{ key: 'edited' }, { key: 'new' }])
    const last = await scene.publish({ ...files, 'a.yaml': configMap('one', { key: 'newer' }) }, { source: 'pair' })
    const done = await scene.untilReady('pair', last)
    expect(await dataOf(one)).toEqual({ key: 'newer' })
    expect(drifted(done)).toBeUndefined()
  })

  it('outlives the controller, which does not say it again', async () => {
    await using own = await Scene.open()
    const ref = await managed(own, 'kept', {}, warn)
    const gone = await managed(own, 'gone', {}, warn)
    await edit(own, ref, { data: { key: 'edited' } })
    await own.client.delete(gone)
    await untilDrifted(own, 'kept', 'True')
    await untilDrifted(own, 'gone', 'True')
    await own.stopController()
    own.startController()
    await own.reconcile('kept')
    await own.reconcile('gone')
    expect((await own.client.get(ref))['data']).toEqual({ key: 'edited' })
    expect(await own.client.find(gone)).toBeUndefined()
    expect([driftReports(own, 'kept'), driftReports(own, 'gone')].map(({ length }) => length)).toEqual([1, 1])
    // and is watched again
    await edit(own, ref, { data: { key: 'again' } }, { fieldManager: 'someone-else' })
    await own.patch('kept', { metadata: { annotations: { [driftAnnotation]: 'correct' } } })
    await own.untilLive(ref, hasData({ key: 'value' }))
    await own.patch('gone', { metadata: { annotations: { [driftAnnotation]: null } } })
    await own.untilLive(gone)
  })

  it('turned to correct puts things right at once', async () => {
    const ref = await managed(scene, 'turned', {}, warn)
    await edit(scene, ref, { data: { key: 'edited' } })
    await untilDrifted(scene, 'turned', 'True')
    await scene.patch('turned', { metadata: { annotations: { [driftAnnotation]: 'correct' } } })
    await scene.untilLive(ref, hasData({ key: 'value' }))
    expect(await untilDrifted(scene, 'turned', 'False')).toMatch(/changed by kubectl-edit$/)
  })
})

describe('off', () => {
  it('leaves drift to the interval and says of it what Flux says', async () => {
    const ref = await managed(scene, 'silent', {}, { [driftAnnotation]: 'off' })
    await edit(scene, ref, { data: { key: 'edited' } })
    await passOneCorrection(scene)
    expect(await dataOf(ref)).toEqual({ key: 'edited' })
    await scene.reconcile('silent')
    expect(await dataOf(ref)).toEqual({ key: 'value' })
    const events = await scene.untilEvent('silent', 'Progressing', /configured/)
    const [event] = events.filter(({ message }) => message.includes('configured'))
    expect(event?.message).toBe(`ConfigMap/${scene.namespace}/silent configured`)
    expect(event?.metadata).not.toHaveProperty(driftAnnotation)
    expect(drifted(await scene.get('silent'))).toBeUndefined()
    expect(driftReports(scene, 'silent')).toEqual([])
  })
})

describe('a mode on the object itself', () => {
  it('in Git goes before that of the Kustomization', async () => {
    const files = {
      'a.yaml': configMap('special', { key: 'value' }, { annotations: warn }),
      'b.yaml': configMap('usual'),
    }
    const revision = await scene.deploy('mixed', files)
    await scene.untilReady('mixed', revision)
    const [special, usual] = [scene.object('ConfigMap', 'special'), scene.object('ConfigMap', 'usual')]
    for (const ref of [special, usual]) await edit(scene, ref, { data: { key: 'edited' } })
    await scene.untilLive(usual, hasData({ key: 'value' }))
    expect(await untilDrifted(scene, 'mixed', 'True')).toContain('ConfigMap/')
    await scene.reconcile('mixed')
    expect(await dataOf(special)).toEqual({ key: 'edited' })
  })

  it('set by hand in the cluster keeps a debugging session, until Git changes the object', async () => {
    const ref = await managed(scene, 'debugged')
    await edit(scene, ref, { data: { key: 'debugging' }, metadata: { annotations: warn } })
    await untilDrifted(scene, 'debugged', 'True')
    await scene.reconcile('debugged')
    expect(await dataOf(ref)).toEqual({ key: 'debugging' })
    const revision = await scene.publish({ 'a.yaml': configMap('debugged', { key: 'new' }) }, { source: 'debugged' })
    await scene.untilReady('debugged', revision)
    const live = await scene.client.get(ref)
    expect(live['data']).toEqual({ key: 'new' })
    expect(live.metadata.annotations ?? {}).not.toHaveProperty(driftAnnotation)
  })
})

it('the flag holds for Kustomizations without annotation', async () => {
  await using flagged = await Scene.open({ flags: ['--drift-mode=warn'] })
  const ref = await managed(flagged, 'flagged')
  await edit(flagged, ref, { data: { key: 'edited' } })
  await untilDrifted(flagged, 'flagged', 'True')
  await passOneCorrection(flagged)
  expect((await flagged.client.get(ref))['data']).toEqual({ key: 'edited' })
})
