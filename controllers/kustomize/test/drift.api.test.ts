// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ObjectRef } from '@tidelock/kube'
import { eventually } from '@tidelock/testkit'
import { configMap, deployment, manifest, Scene } from './harness.ts'

// the interval is an hour: what is undone here is undone by the watch
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Changes the object as the field manager would. */
function edit(ref: ObjectRef, body: object, fieldManager = 'kubectl-edit', subresource?: string): Promise<unknown> {
  const options = { type: 'merge', body, fieldManager } as const
  return scene.client.patch(ref, subresource === undefined ? options : { ...options, subresource })
}

/** A ConfigMap of a Kustomization of its own, both with that name, applied. */
async function managed(name: string, spec = {}): Promise<ObjectRef> {
  const revision = await scene.deploy(name, { 'a.yaml': configMap(name) }, spec)
  await scene.untilReady(name, revision)
  return scene.object('ConfigMap', name)
}

let passes = 0
/** Has a hand edit elsewhere undone: what was to be done at once about earlier changes is done by then. */
async function passOneCorrection(): Promise<void> {
  passes += 1
  const ref = await managed(`pass-${passes}`)
  await edit(ref, { data: { key: 'edited' } })
  await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
}

const logged = (name: string): Record<string, unknown>[] =>
  scene.log
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ msg, object }) => msg === 'drift detected' && (object as { name: string }).name === name)

describe('undone at once', () => {
  it('a hand edit, which is reported', async () => {
    const ref = await managed('edited')
    await edit(ref, { data: { key: 'edited', more: 'x' } })
    await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
    const events = await scene.untilEvent('edited', 'Progressing', /configured/)
    const subject = `ConfigMap/${scene.namespace}/edited`
    const event = events.find(({ message }) => message.includes('configured'))
    expect(event?.message).toBe(`${subject} configured\ndrift: ${subject} changed by kubectl-edit`)
    expect(JSON.parse(event?.metadata?.['kustomize.tidelock.dev/drift'] ?? '')).toEqual([
      { object: subject, cause: 'changed', manager: 'kubectl-edit', action: 'corrected' },
    ])
    const { conditions } = (await scene.get('edited')).status ?? {}
    expect(conditions?.find(({ type }) => type === 'kustomize.tidelock.dev/Drifted')).toMatchObject({
      status: 'False',
      reason: 'DriftCorrected',
      message: `${subject} changed by kubectl-edit`,
    })
    expect(logged('edited')[0]).toMatchObject({ cause: 'changed', culprit: 'kubectl-edit', urgency: 'now' })
  })

  it('a deletion', async () => {
    const ref = await managed('deleted')
    const { metadata } = await scene.client.get(ref)
    await scene.client.delete(ref)
    const again = await scene.untilLive(ref, (obj) => obj.metadata.uid !== metadata.uid)
    expect(again['data']).toEqual({ key: 'value' })
    await scene.untilEvent('deleted', 'Progressing', /^ConfigMap\/.*\/deleted created$/)
  })

  it('the loss of the labels that say whose it is', async () => {
    const ref = await managed('unlabelled')
    await edit(ref, { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } } }, 'kubectl-label')
    const again = await scene.untilLive(
      ref,
      ({ metadata }) => metadata.labels?.['kustomize.toolkit.fluxcd.io/name'] === 'unlabelled',
    )
    expect(again.metadata.labels?.['kustomize.toolkit.fluxcd.io/namespace']).toBe(scene.namespace)
  })

  it('a label that names a Kustomization which does not exist', async () => {
    const ref = await managed('relabelled')
    await edit(ref, { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'nobody' } } }, 'kubectl-label')
    const again = await scene.untilLive(
      ref,
      ({ metadata }) => metadata.labels?.['kustomize.toolkit.fluxcd.io/name'] === 'relabelled',
    )
    expect(again['data']).toEqual({ key: 'value' })
  })

  it('server-side apply by hand', async () => {
    const ref = await managed('applied')
    const { apiVersion, kind, name, namespace = '' } = ref
    const object = { apiVersion, kind, metadata: { name, namespace }, data: { key: 'applied', more: 'x' } }
    await scene.client.apply(object, { fieldManager: 'kubectl', force: true })
    const again = await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
    expect(again.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['kustomize-controller'])
  })
})

describe('reported at once and corrected at the interval', () => {
  async function appOf(name: string, interval: string): Promise<ObjectRef> {
    const revision = await scene.deploy(name, { 'a.yaml': deployment(name) }, { interval })
    await scene.untilReady(name, revision)
    return scene.object('Deployment', name, 'apps/v1')
  }
  const replicas = { spec: { replicas: 3 } }
  const restart = { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } }
  const changes: [string, (ref: ObjectRef) => Promise<unknown>, (spec: string) => boolean][] = [
    ['scale', (ref) => edit(ref, replicas, 'kubectl', 'scale'), (spec) => spec.includes('"replicas":1')],
    ['restart', (ref) => edit(ref, restart, 'kubectl-rollout'), (spec) => !spec.includes('restartedAt')],
    ['controller', (ref) => edit(ref, replicas, 'some-controller'), (spec) => spec.includes('"replicas":1')],
  ]
  it.each(changes)('%s', async (name, change, isCorrected) => {
    const slow = await appOf(`slow-${name}`, '1h')
    await change(slow)
    await eventually(() => expect(logged(`slow-${name}`)[0]).toMatchObject({ urgency: 'interval' }))
    await passOneCorrection()
    expect(isCorrected(JSON.stringify((await scene.client.get(slow))['spec']))).toBe(false)
    const quick = await appOf(`quick-${name}`, '1s')
    await change(quick)
    await scene.untilLive(quick, (obj) => isCorrected(JSON.stringify(obj['spec'])))
  })

  it('an autoscaler', async () => {
    const scaler = {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'scaled' },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'scaled' },
        minReplicas: 2,
        maxReplicas: 3,
      },
    }
    const revision = await scene.deploy('scaled', { 'a.yaml': deployment('scaled'), 'b.yaml': manifest(scaler) })
    await scene.untilReady('scaled', revision)
    const ref = scene.object('Deployment', 'scaled', 'apps/v1')
    await scene.untilLive(ref, (obj) => JSON.stringify(obj['spec']).includes('"replicas":2'))
    await eventually(() =>
      expect(logged('scaled')[0]).toMatchObject({ culprit: 'kube-controller-manager', urgency: 'interval' }),
    )
    await passOneCorrection()
    expect(JSON.stringify((await scene.client.get(ref))['spec'])).toContain('"replicas":2')
  })

  it('a sixth hand edit by one manager', async () => {
    const ref = await managed('often')
    for (const key of ['1', '2', '3', '4', '5']) {
      await edit(ref, { data: { key } })
      await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
    }
    await edit(ref, { data: { key: '6' } })
    await eventually(() => expect(logged('often').at(-1)).toMatchObject({ urgency: 'interval' }))
    await passOneCorrection()
    expect((await scene.client.get(ref))['data']).toEqual({ key: '6' })
    await scene.reconcile('often')
    expect((await scene.client.get(ref))['data']).toEqual({ key: 'value' })
  })
})

describe('left alone', () => {
  it('an edit right after suspending, until it is resumed', async () => {
    const ref = await managed('paused')
    await scene.patch('paused', { spec: { suspend: true } })
    await edit(ref, { data: { key: 'debugging' } })
    await eventually(() => expect(logged('paused')).not.toEqual([]))
    await passOneCorrection()
    expect((await scene.client.get(ref))['data']).toEqual({ key: 'debugging' })
    await scene.patch('paused', { spec: { suspend: false } })
    await scene.untilLive(ref, (obj) => JSON.stringify(obj['data']) === '{"key":"value"}')
  })

  it('what goes with its namespace', async () => {
    const namespace = `${scene.namespace}-gone`
    const space = { apiVersion: 'v1', kind: 'Namespace', name: namespace }
    await scene.client.create({ ...space, metadata: { name: namespace } })
    const held = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'held', namespace, finalizers: ['example.com/hold'] },
    }
    await scene.client.create(held)
    const revision = await scene.deploy('leaving', { 'a.yaml': configMap('leaving') }, { targetNamespace: namespace })
    const before = await scene.untilReady('leaving', revision)
    await scene.client.delete(space)
    await scene.untilGone({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'leaving' })
    await eventually(() => expect(logged('leaving')[0]).toMatchObject({ cause: 'deleted', urgency: 'now' }))
    await passOneCorrection()
    expect((await scene.get('leaving')).status).toEqual(before.status)
    const release = { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] } as const
    await scene.client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'held' }, release)
  })

  it('what was labelled as that of another Kustomization', async () => {
    await managed('taker')
    const ref = await managed('given')
    await edit(ref, { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'taker' } } }, 'kubectl-label')
    await eventually(() => expect(logged('given')[0]).toMatchObject({ cause: 'owner-changed', urgency: 'now' }))
    await passOneCorrection()
    const live = await scene.client.get(ref)
    expect(live.metadata.labels?.['kustomize.toolkit.fluxcd.io/name']).toBe('taker')
  })
})
