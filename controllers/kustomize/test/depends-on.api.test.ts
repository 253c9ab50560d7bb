// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createNamespace } from '@tidelock/testkit'
import { conditionsOf, configMap, deployment, Scene } from './harness.ts'

// a retry interval beyond the patience of every wait: what goes on in time was woken, not retried
let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--requeue-dependency=10m'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

const files = { 'one/a.yaml': configMap('one'), 'two/a.yaml': configMap('two'), 'three/a.yaml': configMap('three') }

describe('spec.dependsOn', () => {
  it('waits until the dependency is ready, and then goes on at once', async () => {
    const revision = await scene.deploy('front', { 'a.yaml': configMap('front') }, { dependsOn: [{ name: 'back' }] })
    const missing = await scene.untilFailed('front', 'DependencyNotReady')
    expect(conditionsOf(missing)['Ready']?.[2]).toBe(
      `dependency '${scene.namespace}/back' not found: kustomizations.kustomize.toolkit.fluxcd.io "back" not found`,
    )
    const events = await scene.untilEvent('front', 'DependencyNotReady')
    expect(events[0]).toMatchObject({
      severity: 'info',
      message: 'Dependencies do not meet ready condition, retrying in 10m0s',
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': revision },
    })
    await scene.deploy('back', { 'a.yaml': deployment('back', 'Unready') }, { wait: true })
    await scene.reconcileNow('front')
    await scene.untilFailed(
      'front',
      'DependencyNotReady',
      new RegExp(`^dependency '${scene.namespace}/back' is not ready$`),
    )
    expect(await scene.client.find(scene.object('ConfigMap', 'front'))).toBeUndefined()
    await scene.publish({ 'a.yaml': deployment('back') }, { source: 'back' })
    await scene.untilReady('front', revision)
    const [front, back] = await Promise.all([scene.get('front'), scene.get('back')])
    const readyAt = (obj: typeof front): string => obj.status?.conditions?.[0]?.lastTransitionTime ?? ''
    expect(readyAt(front) >= readyAt(back)).toBe(true)
  })

  it('applies a new revision of one source in the order of the chain', async () => {
    const first = await scene.publish(files, { source: 'chain' })
    const sourceRef = { kind: 'GitRepository', name: 'chain' } as const
    await scene.create('three', { sourceRef, path: './three', dependsOn: [{ name: 'two' }] })
    await scene.create('two', { sourceRef, path: './two', dependsOn: [{ name: 'one' }] })
    await scene.create('one', { sourceRef, path: './one' })
    for (const name of ['one', 'two', 'three']) await scene.untilReady(name, first)
    const changed = Object.fromEntries(
      Object.entries(files).map(([path]) => [path, configMap(path.split('/')[0] ?? '', { at: 'second' })]),
    )
    const second = await scene.publish(changed, { source: 'chain' })
    for (const name of ['one', 'two', 'three']) await scene.untilReady(name, second)
    const order = ['one', 'two', 'three']
    const versions = await Promise.all(
      order.map(async (name) => {
        const { metadata } = await scene.client.get(scene.object('ConfigMap', name))
        return Number(metadata.resourceVersion)
      }),
    )
    expect(versions).toEqual(versions.toSorted((a, b) => a - b))
  })

  it('holds back at a revision of the same source that the dependency has not applied', async () => {
    const first = await scene.publish(
      { 'base/a.yaml': configMap('base'), 'app/a.yaml': configMap('app') },
      { source: 'shared' },
    )
    const sourceRef = { kind: 'GitRepository', name: 'shared' } as const
    await scene.create('base', { sourceRef, path: './base' })
    await scene.create('app', { sourceRef, path: './app', dependsOn: [{ name: 'base' }] })
    await scene.untilReady('app', first)
    await scene.patch('base', { spec: { suspend: true } })
    const second = await scene.publish(
      { 'base/a.yaml': configMap('base'), 'app/a.yaml': configMap('app', { at: 'second' }) },
      { source: 'shared' },
    )
    const words = new RegExp(
      `^dependency '${scene.namespace}/base' is not ready|^dependency '${scene.namespace}/base' revision is not up to date$`,
    )
    const held = await scene.untilFailed('app', 'DependencyNotReady', words)
    expect(held.status?.lastAppliedRevision).toBe(first)
    expect((await scene.client.get(scene.object('ConfigMap', 'app')))['data']).toEqual({ key: 'value' })
    await scene.patch('base', { spec: { suspend: false } })
    await scene.untilReady('app', second)
  })

  it('goes on beside a dependency that is ready and suspended', async () => {
    await scene.deploy('halted', { 'a.yaml': configMap('halted') })
    await scene.deploy('onward', { 'a.yaml': configMap('onward') }, { dependsOn: [{ name: 'halted' }] })
    await scene.untilReady('onward')
    await scene.patch('halted', { spec: { suspend: true } })
    const { metadata, status } = await scene.until(
      'halted',
      (obj) => obj.status?.observedGeneration === obj.metadata.generation && obj.spec.suspend === true,
    )
    expect([metadata.generation, status?.conditions?.map(({ type }) => type)]).toEqual([2, ['Ready']])
    const second = await scene.publish({ 'a.yaml': configMap('onward', { at: 'second' }) }, { source: 'onward' })
    await scene.untilReady('onward', second)
  })

  it('never lets a cycle through', async () => {
    const cycle = { 'a.yaml': configMap('cycle') }
    await scene.deploy('chicken', cycle, { dependsOn: [{ name: 'egg' }] })
    await scene.deploy('egg', cycle, { dependsOn: [{ name: 'chicken' }] })
    for (const name of ['chicken', 'egg']) await scene.untilFailed(name, 'DependencyNotReady')
    await scene.publish(cycle, { source: 'chicken' })
    await scene.untilFailed('chicken', 'DependencyNotReady')
    expect(await scene.client.find(scene.object('ConfigMap', 'cycle'))).toBeUndefined()
  })

  it('looks for a dependency again and again, with an event and without a write', async () => {
    await using busy = await Scene.open({ flags: ['--requeue-dependency=1s'] })
    await busy.deploy('front', { 'a.yaml': configMap('front') }, { dependsOn: [{ name: 'nobody' }] })
    const { metadata } = await busy.untilFailed('front', 'DependencyNotReady')
    const before = busy.receiver.of('front').length
    const obj = await busy.until('front', () => busy.receiver.of('front').length >= before + 3)
    expect(obj.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  it('finds dependencies in other namespaces, also where sources may not be', async () => {
    await using closed = await Scene.open({ flags: ['--no-cross-namespace-refs', '--requeue-dependency=1s'] })
    const elsewhere = await createNamespace(closed.client)
    const { apiVersion, kind } = closed.ref('back')
    const metadata = { name: 'back', namespace: elsewhere }
    const spec = { interval: '1h', prune: true, sourceRef: { kind: 'GitRepository', name: 'none' } }
    await closed.client.create({ apiVersion, kind, metadata, spec })
    const revision = await closed.deploy(
      'front',
      { 'a.yaml': configMap('front') },
      { dependsOn: [{ name: 'back', namespace: elsewhere }] },
    )
    await closed.untilFailed('front', 'DependencyNotReady', new RegExp(`'${elsewhere}/back' is not ready`))
    const now = new Date().toISOString()
    const conditions = [
      { type: 'Ready', status: 'True', reason: 'ReconciliationSucceeded', message: '', lastTransitionTime: now },
    ]
    const body = { status: { observedGeneration: 1, conditions } }
    await closed.client.patch({ apiVersion, kind, ...metadata }, { type: 'merge', subresource: 'status', body })
    const obj = await closed.untilReady('front', revision)
    expect(obj.status?.lastAttemptedRevision).toBe(revision)
  })
})
