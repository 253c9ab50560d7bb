// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { eventually } from '@tidelock/testkit'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'

// cluster-wide, so under a name of its own
const group = `cel-${randomBytes(4).toString('hex')}.example.com`
const apiVersion = `${group}/v1`
const terminal = 'Reconciliation failed terminally due to configuration error'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  for (const kind of ['Widget', 'Gadget']) await scene.client.create(crd(kind))
  for (const kind of ['Widget', 'Gadget']) await eventually(() => scene.client.resolve(ref(kind, 'any')))
  // a wait takes half a minute at least: a test below looks at the end of this one
  const failing = [{ apiVersion, current: 'status.conditions.size() > 0' }]
  await deployWaiting('unknown', custom('Gadget', 'unknown'), { healthCheckExprs: failing, timeout: '30s' })
})
afterAll(async () => {
  for (const kind of ['Widget', 'Gadget']) {
    await scene.client.delete({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      name: `${kind.toLowerCase()}s.${group}`,
    })
  }
  await scene[Symbol.asyncDispose]()
})

function crd(kind: string) {
  const singular = kind.toLowerCase()
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural: `${singular}s`, singular, listKind: `${kind}List` },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  }
}

const custom = (kind: string, name: string): string =>
  manifest({ apiVersion, kind, metadata: { name }, spec: { size: 1 } })

const ref = (kind: string, name: string): ObjectRef => scene.object(kind, name, apiVersion)

async function setStatus(kind: string, name: string, status: object): Promise<void> {
  await scene.client.patch(ref(kind, name), { type: 'merge', subresource: 'status', body: { status } })
}

const isWaiting = (obj: Kustomization): boolean =>
  getCondition(obj, 'Reconciling')?.message.startsWith('Running health checks') === true

const byPhase = {
  apiVersion,
  kind: 'Widget',
  current: "status.phase == 'Done'",
  failed: "status.phase == 'Broken'",
  inProgress: "!has(status.phase) || status.phase == 'Running'",
}

/** Publishes the file and waits until its health is waited for. */
async function deployWaiting(name: string, file: string, spec: Parameters<Scene['deploy']>[2]): Promise<string> {
  const revision = await scene.deploy(name, { 'a.yaml': file }, { wait: true, ...spec })
  await scene.until(name, isWaiting)
  return revision
}

describe('spec.healthCheckExprs', () => {
  it('tells by expressions when an object is done', async () => {
    const revision = await deployWaiting('done', custom('Widget', 'done'), { healthCheckExprs: [byPhase] })
    await setStatus('Widget', 'done', { phase: 'Running' })
    await setStatus('Widget', 'done', { phase: 'Done' })
    const obj = await scene.untilReady('done', revision)
    expect(conditionsOf(obj)['Healthy']?.[0]).toBe('True')
  })

  it('tells when it has failed', async () => {
    await deployWaiting('broken', custom('Widget', 'broken'), { healthCheckExprs: [byPhase] })
    await setStatus('Widget', 'broken', { phase: 'Broken' })
    const words = new RegExp(
      `failed early due to stalled resources: \\[Widget/${scene.namespace}/broken status: 'Failed'\\]$`,
    )
    const obj = await scene.untilFailed('broken', 'HealthCheckFailed', words)
    expect(conditionsOf(obj)['Healthy']?.slice(0, 2)).toEqual(['False', 'HealthCheckFailed'])
  })

  it('does not believe a status of an older generation', async () => {
    const revision = await deployWaiting('older', custom('Widget', 'older'), { healthCheckExprs: [byPhase] })
    const { metadata } = await scene.client.get(ref('Widget', 'older'))
    await setStatus('Widget', 'older', { phase: 'Broken', observedGeneration: (metadata.generation ?? 0) + 1 })
    await setStatus('Widget', 'older', { phase: 'Done', observedGeneration: metadata.generation })
    // a failure would have ended the wait, and the next run is an hour away
    expect((await scene.untilReady('older', revision)).status?.lastAppliedRevision).toBe(revision)
  })

  it('holds for a group, and a kind of it goes first', async () => {
    const healthCheckExprs = [{ apiVersion: `${group}/v1beta1`, current: "status.?state.orValue('') == 'up'" }, byPhase]
    const files = { 'a.yaml': custom('Widget', 'grouped'), 'b.yaml': custom('Gadget', 'grouped') }
    const revision = await scene.deploy('grouped', files, { wait: true, healthCheckExprs })
    await scene.until('grouped', isWaiting)
    await setStatus('Widget', 'grouped', { state: 'up', phase: 'Running' })
    await setStatus('Gadget', 'grouped', { state: 'up' })
    expect(isWaiting(await scene.get('grouped'))).toBe(true)
    await setStatus('Widget', 'grouped', { phase: 'Done' })
    await scene.untilReady('grouped', revision)
  })

  it('holds for objects that healthChecks name, and sees all of a Secret', async () => {
    const healthChecks = [{ apiVersion: 'v1', kind: 'Secret', name: 'made', namespace: scene.namespace }]
    const healthCheckExprs = [
      { apiVersion: 'v1', kind: 'Secret', current: "has(data.token) && base64.decode(data.token) == b'ready'" },
    ]
    await scene.client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'made', namespace: scene.namespace },
      stringData: { token: 'not yet' },
    })
    const revision = await deployWaiting('named', configMap('named'), { wait: false, healthChecks, healthCheckExprs })
    await scene.client.patch(scene.object('Secret', 'made'), {
      type: 'merge',
      body: { stringData: { token: 'ready' } },
    })
    expect((await scene.untilReady('named', revision)).status?.lastAppliedRevision).toBe(revision)
  })

  it('of one Kustomization says nothing to another that waits for the same object', async () => {
    const healthChecks = [{ apiVersion, kind: 'Widget', name: 'both', namespace: scene.namespace }]
    const other = { ...byPhase, current: "status.phase == 'Running'", inProgress: '!has(status.phase)' }
    const first = await deployWaiting('one', custom('Widget', 'both'), { healthCheckExprs: [byPhase] })
    const second = await deployWaiting('two', configMap('two'), {
      wait: false,
      healthChecks,
      healthCheckExprs: [other],
    })
    await setStatus('Widget', 'both', { phase: 'Running' })
    await scene.untilReady('two', second)
    expect(isWaiting(await scene.get('one'))).toBe(true)
    const third = await scene.deploy('three', { 'a.yaml': configMap('three') }, { healthChecks })
    await scene.untilReady('three', third)
    await setStatus('Widget', 'both', { phase: 'Done' })
    await scene.untilReady('one', first)
  })

  it.each([
    [
      'no-cel',
      [{ apiVersion, current: 'status.phase = 1' }],
      /healthchecks\[0\]: failed to parse the expression Current/,
    ],
    ['twice', [byPhase, byPhase], /duplicate custom health check for GroupKind Widget\..* at healthchecks\[1\]$/],
    ['empty', [{ apiVersion, current: '' }], /healthchecks\[0\]: expression Current not specified$/],
  ])('%s stalls the object until it is another', async (name, healthCheckExprs, words) => {
    const revision = await scene.deploy(name, { 'a.yaml': configMap(name) }, { wait: true, healthCheckExprs })
    const stalled = await scene.untilFailed(name, 'InvalidCELExpression', words)
    const message = expect.stringContaining(`${terminal}: `)
    expect(conditionsOf(stalled)).toEqual({
      Ready: ['False', 'InvalidCELExpression', message],
      Stalled: ['True', 'InvalidCELExpression', message],
    })
    expect(stalled.status?.observedGeneration).toBe(stalled.metadata.generation)
    expect((await scene.untilEvent(name, 'InvalidCELExpression', words)).at(-1)?.severity).toBe('error')
    expect(await scene.client.find(scene.object('ConfigMap', name))).toBeUndefined()
    await scene.patch(name, { spec: { healthCheckExprs: [byPhase] } })
    await scene.untilReady(name, revision)
  })

  it('that never ends is cut, and others are told meanwhile', async () => {
    const range = 'l.all'
    const nested = `${range}(a, ${range}(b, ${range}(c, ${range}(d, a + b + c + d >= 0))))`.replaceAll(
      'l.',
      'spec.list.',
    )
    const list = Array.from({ length: 500 }, (_, i) => i)
    const text = manifest({ apiVersion, kind: 'Gadget', metadata: { name: 'endless' }, spec: { list } })
    await deployWaiting('endless', text, { healthCheckExprs: [{ apiVersion, current: nested }], timeout: '30s' })
    const revision = await scene.deploy('other', { 'a.yaml': configMap('other') }, { wait: true })
    expect(isWaiting(await scene.untilReady('other', revision))).toBe(false)
    await scene.untilFailed('endless', 'HealthCheckFailed', /status: 'Unknown'/, 120_000)
  })

  it('that fails on an object leaves its health unknown, until the timeout says so', async () => {
    const words = new RegExp(`timeout waiting for: \\[Gadget/${scene.namespace}/unknown status: 'Unknown'`)
    const obj = await scene.untilFailed('unknown', 'HealthCheckFailed', words, 120_000)
    expect(obj.status).not.toHaveProperty('lastAppliedRevision')
  })
})
