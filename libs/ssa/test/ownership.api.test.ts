// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import { OwnershipCache } from '../src/index.ts'
import type { ChangeSet, OwnerKey, ResourceManager, Suspect } from '../src/index.ts'
import { actions, apply, configMap, deployment, fieldManager, labelGroup, managerOf, service } from './fixtures.ts'

const opened: OwnershipCache[] = []

afterEach(async () => {
  await Promise.all(opened.splice(0).map((cache) => cache.close()))
})

interface World {
  readonly client: KubeClient
  readonly namespace: string
  readonly owner: OwnerKey
  readonly cache: OwnershipCache
  readonly manager: ResourceManager
  readonly suspects: Suspect[]
  /** Applies, records, and waits until every object is proven untouched. */
  readonly run: (objects: readonly KubeObject[]) => Promise<ChangeSet>
  readonly isUntouched: (name: string, changeSet: ChangeSet) => boolean
}

async function createWorld(): Promise<World> {
  const { client } = await testCluster()
  const namespace = await createNamespace(client)
  const owner = { namespace, name: 'app' }
  const cache = new OwnershipCache({ client, labelGroup, fieldManager, clock: systemClock })
  opened.push(cache)
  const manager = managerOf(client, owner, { observer: cache })
  const suspects: Suspect[] = []
  cache.onSuspect((suspect) => suspects.push(suspect))
  const isUntouched = (name: string, changeSet: ChangeSet): boolean => {
    const entry = changeSet.find(({ object }) => object.name === name)
    return entry !== undefined && cache.isUntouched(owner, entry.object, entry.renderedHash ?? '')
  }
  const run = async (objects: readonly KubeObject[]): Promise<ChangeSet> => {
    const changeSet = await apply(manager, objects)
    cache.record(owner, changeSet, { intervalMs: 600_000 })
    await eventually(() => {
      for (const { object } of changeSet)
        expect([object.name, isUntouched(object.name, changeSet)]).toEqual([object.name, true])
    })
    return changeSet
  }
  return { client, namespace, owner, cache, manager, suspects, run, isUntouched }
}

const ref = (namespace: string, name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })
const deploymentRef = (namespace: string): ObjectRef => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace,
  name: 'app',
})

/** A write to another object of the kind: once the watch has shown it, it has shown everything before. */
async function passMarker({ client, namespace, owner, cache }: World, kind: 'ConfigMap' | 'Deployment'): Promise<void> {
  const marker = kind === 'ConfigMap' ? configMap(namespace, 'marker', {}) : deployment(namespace, 'marker', 0)
  const manager = managerOf(client, { namespace, name: 'marker' })
  const changeSet = await apply(manager, [marker])
  cache.record({ namespace, name: 'marker' }, changeSet, { intervalMs: 600_000 })
  const [entry] = changeSet
  await eventually(() => {
    expect(entry && cache.isUntouched({ namespace, name: 'marker' }, entry.object, entry.renderedHash ?? '')).toBe(true)
  })
  cache.forget({ ...owner, name: 'marker' })
}

describe('ownership cache', () => {
  it('sees a hand edit, names the hand, and is content after the correction', async () => {
    const world = await createWorld()
    const { client, namespace, suspects, run, cache, owner } = world
    const objects = [configMap(namespace, 'a', { key: '1' }), configMap(namespace, 'b', { key: '1' })]
    const first = await run(objects)
    expect(suspects).toEqual([])
    await client.patch(ref(namespace, 'a'), {
      type: 'merge',
      body: { data: { key: 'hand' } },
      fieldManager: 'kubectl-edit',
    })
    await eventually(() => expect(suspects).toHaveLength(1))
    expect(suspects[0]).toEqual({
      owner,
      object: ref(namespace, 'a'),
      cause: 'changed',
      culprit: 'kubectl-edit',
      managers: ['kubectl-edit'],
      urgency: 'now',
      repeated: false,
    })
    expect([world.isUntouched('a', first), world.isUntouched('b', first)]).toEqual([false, true])
    expect(cache.suspects(owner)).toEqual(suspects)
    expect(actions(await run(objects))).toEqual(['ConfigMap/a configured', 'ConfigMap/b unchanged'])
    expect(cache.suspects(owner)).toEqual([])

    // a person may try a few times; then the interval is waited for
    for (const [index, key] of ['2', '3', '4', '5', '6'].entries()) {
      await client.patch(ref(namespace, 'a'), { type: 'merge', body: { data: { key } }, fieldManager: 'kubectl-edit' })
      await eventually(() => expect(suspects).toHaveLength(index + 2))
      const last = key === '6'
      expect(suspects.at(-1)).toMatchObject({ urgency: last ? 'interval' : 'now', repeated: last })
      if (!last) await run(objects)
    }
  })

  it('sees deletions, and a new object in the place of the old', async () => {
    const { client, namespace, suspects, run } = await createWorld()
    const objects = [configMap(namespace, 'a', { key: '1' }), configMap(namespace, 'b', { key: '1' })]
    await run(objects)
    await client.delete(ref(namespace, 'a'))
    await eventually(() => expect(suspects).toHaveLength(1))
    expect(suspects[0]).toMatchObject({ object: { name: 'a' }, cause: 'deleted', culprit: 'unknown', urgency: 'now' })
    expect(actions(await run(objects))).toEqual(['ConfigMap/a created', 'ConfigMap/b unchanged'])
    await client.delete(ref(namespace, 'b'))
    await client.create(configMap(namespace, 'b', { key: '1' }))
    await eventually(() => expect(suspects).toHaveLength(2))
    expect(suspects[1]).toMatchObject({ object: { name: 'b' }, cause: 'deleted' })
  })

  it('sees what was deleted between the run and the first list', async () => {
    const { client, namespace, manager, cache, owner, suspects } = await createWorld()
    const changeSet = await apply(manager, [configMap(namespace, 'a', { key: '1' })])
    await client.delete(ref(namespace, 'a'))
    cache.record(owner, changeSet, { intervalMs: 600_000 })
    await eventually(() => expect(suspects).toMatchObject([{ object: { name: 'a' }, cause: 'deleted' }]))
  })

  it('knows scaling and rollout restarts as what waits for the interval', async () => {
    const { client, namespace, suspects, run } = await createWorld()
    await run([deployment(namespace, 'app')])
    const scale = { spec: { replicas: 3 } }
    await client.patch(deploymentRef(namespace), {
      type: 'merge',
      body: scale,
      subresource: 'scale',
      fieldManager: 'kubectl',
    })
    await eventually(() => expect(suspects).toHaveLength(1))
    expect(suspects[0]).toMatchObject({ cause: 'changed', culprit: 'kubectl', urgency: 'interval', repeated: false })
    await run([deployment(namespace, 'app')])
    const annotations = { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' }
    const body = { spec: { template: { metadata: { annotations } } } }
    await client.patch(deploymentRef(namespace), { type: 'merge', body, fieldManager: 'kubectl-rollout' })
    await eventually(() => expect(suspects).toHaveLength(2))
    expect(suspects[1]).toMatchObject({ cause: 'taken-over', culprit: 'kubectl-rollout', urgency: 'interval' })
  })

  it('is not woken by status writes, by other controllers’ own fields, and by our own writes', async () => {
    const world = await createWorld()
    const { client, namespace, suspects, run } = world
    const first = await run([deployment(namespace, 'app', 2), configMap(namespace, 'a', { key: '1' })])
    for (const reason of ['First', 'Second']) {
      const body = { status: { conditions: [{ type: 'Custom', status: 'False', reason }] } }
      await client.patch(deploymentRef(namespace), {
        type: 'merge',
        body,
        subresource: 'status',
        fieldManager: 'some-controller',
      })
    }
    const labels = { metadata: { labels: { theirs: 'yes' } } }
    await client.patch(deploymentRef(namespace), { type: 'merge', body: labels, fieldManager: 'some-controller' })
    await passMarker(world, 'Deployment')
    expect(world.isUntouched('app', first)).toBe(true)
    for (const key of ['2', '3', '4'])
      await run([deployment(namespace, 'app', Number(key)), configMap(namespace, 'a', { key })])
    // fewer fields than before: our entry shrinks by our own hand
    await run([deployment(namespace, 'app', 4), configMap(namespace, 'a', {})])
    await passMarker(world, 'ConfigMap')
    await passMarker(world, 'Deployment')
    expect(suspects).toEqual([])
  })

  it('tells other controllers that change our fields, and objects that another owner took', async () => {
    const { client, namespace, suspects, run } = await createWorld()
    await run([service(namespace, 'app'), configMap(namespace, 'a', { key: '1' })])
    const body = {
      spec: { ports: [{ name: 'http', port: 80, targetPort: 9090, protocol: 'TCP' }], selector: { app: 'other' } },
    }
    await client.patch(
      { apiVersion: 'v1', kind: 'Service', namespace, name: 'app' },
      { type: 'merge', body, fieldManager: 'mesh' },
    )
    await eventually(() => expect(suspects).toHaveLength(1))
    expect(suspects[0]).toMatchObject({
      object: { kind: 'Service' },
      cause: 'changed',
      culprit: 'mesh',
      urgency: 'interval',
    })
    await apply(managerOf(client, { namespace, name: 'other' }), [configMap(namespace, 'a', { key: '2' })])
    await eventually(() => expect(suspects).toHaveLength(2))
    expect(suspects[1]).toMatchObject({
      cause: 'owner-changed',
      urgency: 'interval',
      newOwner: { namespace, name: 'other' },
    })
  })

  it('does not take an object for untouched that a run wrote and then failed', async () => {
    const { namespace, run, manager, isUntouched } = await createWorld()
    const good = await run([configMap(namespace, 'a', { key: '1' })])
    // a run that writes and is never recorded, because it failed later on
    await apply(manager, [configMap(namespace, 'a', { key: '2' })])
    expect(isUntouched('a', good)).toBe(false)
  })

  it('watches a kind only while something of it is owned, and says what it may not watch', async () => {
    const { client, namespace, cache, owner, run } = await createWorld()
    await run([configMap(namespace, 'a', {}), service(namespace, 'b')])
    expect([cache.size, cache.uncovered(owner)]).toEqual([2, []])
    await run([configMap(namespace, 'a', {})])
    expect(cache.size).toBe(1)
    cache.forget(owner)
    expect(cache.size).toBe(0)

    const nobody = client.as({ user: 'nobody-in-particular' })
    const blind = new OwnershipCache({ client: nobody, labelGroup, fieldManager, clock: systemClock })
    opened.push(blind)
    const changeSet = await apply(managerOf(client, owner), [configMap(namespace, 'a', {})])
    blind.record(owner, changeSet, { intervalMs: 1000 })
    await eventually(() => {
      expect(blind.uncovered(owner)).toMatchObject([{ apiVersion: 'v1', kind: 'ConfigMap', state: 'forbidden' }])
    })
    expect(blind.isUntouched(owner, ref(namespace, 'a'), changeSet[0]?.renderedHash ?? '')).toBe(false)
  })

  it('forgets what was pruned by our own hand', async () => {
    const { namespace, manager, suspects, run, cache } = await createWorld()
    await run([configMap(namespace, 'a', {}), configMap(namespace, 'b', {})])
    const { changeSet } = await manager.prune(
      [{ id: `${namespace}_a__ConfigMap`, v: 'v1' }],
      {},
      AbortSignal.timeout(30_000),
    )
    expect(actions(changeSet)).toEqual(['ConfigMap/a deleted'])
    expect(cache.size).toBe(1)
    await run([configMap(namespace, 'b', { key: '1' })])
    expect(suspects).toEqual([])
  })
})
