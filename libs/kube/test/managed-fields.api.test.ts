// SPDX-License-Identifier: Apache-2.0
// Holds docs/design/ownership-watches.md true: what a metadata-only watch shows of each kind of write.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import { Informer, KubeClient, compareResourceVersions, loadTarget } from '@tidelock/kube'
import type { PatchOptions } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

const ours = { fieldManager: 'kustomize-controller', force: true }
const label = 'test.example.com/owner'
let cluster: TestCluster
let client: KubeClient
let namespace: string
let stop: AbortController
let informer: Informer
let removed: KubeObject[]
let events: KubeObject[]
const type = { apiVersion: 'apps/v1', kind: 'Deployment' }
const ref = { ...type, name: 'web' }

// no controller may write to the object behind the test's back, so its pods are none
beforeAll(async () => {
  cluster = await testCluster()
  const target = await loadTarget({ kubeconfig: cluster.kubeconfigPath, env: {} })
  client = new KubeClient({ target, userAgent: 'managed-fields' })
  namespace = await createNamespace(client)
  stop = new AbortController()
  removed = []
  events = []
  const kind = await client.resolve(ref)
  informer = new Informer({ client, kind, namespace, labelSelector: `${label}=us`, metadataOnly: true })
  informer.subscribe({ upsert: (now) => void events.push(now), remove: (last) => void removed.push(last) })
  void informer.start(stop.signal)
  await informer.synced
})
afterAll(async () => {
  stop.abort(new Error('the tests are over'))
  await client.close()
  await cluster.client.close()
})

function rendered(image: string = 'nginx:1', replicas: number = 2): KubeObject {
  const container = { name: 'c', image, env: [{ name: 'A', value: 'x' }] }
  return {
    ...type,
    metadata: { name: 'web', namespace, labels: { [label]: 'us', app: 'web' }, annotations: { a: '1' } },
    spec: {
      replicas,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container] } },
    },
  }
}

function find(
  obj: KubeObject | undefined,
  manager: string,
  operation: string,
  subresource?: string,
): ManagedFieldsEntry | undefined {
  return obj?.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === operation && entry.subresource === subresource,
  )
}
const ourEntry = (obj: KubeObject | undefined): ManagedFieldsEntry | undefined =>
  find(obj, 'kustomize-controller', 'Apply')
const fieldsOf = (entry: ManagedFieldsEntry | undefined): string => JSON.stringify(entry?.fieldsV1)
const cached = (): KubeObject | undefined => informer.get({ namespace, name: 'web' })

/** Waits until the cache is at this version or a later one. */
async function reached(written: KubeObject): Promise<KubeObject> {
  return eventually(() => {
    const now = cached()
    const order = compareResourceVersions(now?.metadata.resourceVersion ?? '', written.metadata.resourceVersion ?? '')
    if (now === undefined || order === undefined || order < 0) throw new Error('the event has not come yet')
    return now
  })
}

/** A clean object: ours, and only ours. Returns it as the watch shows it. */
async function reset(): Promise<KubeObject> {
  await client.delete({ ...ref, namespace }).catch(() => {})
  await eventually(async () => expect(await client.find({ ...ref, namespace })).toBeUndefined())
  return reached(await client.apply(rendered(), ours))
}

/** A write by another. Returns the object as the watch shows it after. */
async function foreign(fieldManager: string, body: unknown, options: Partial<PatchOptions> = {}): Promise<KubeObject> {
  const written = await client.patch({ ...ref, namespace }, { type: 'strategic', body, fieldManager, ...options })
  if (options.subresource === undefined) return reached(written)
  return reached(await client.get({ ...ref, namespace }))
}
const image = (value: string): object => ({
  spec: { template: { spec: { containers: [{ name: 'c', image: value }] } } },
})

describe('our own writes', () => {
  it('a change: the event carries the version of the response; same fields, so the same hash', async () => {
    const before = await reset()
    const written = await client.apply(rendered('nginx:2'), ours)
    const after = await reached(written)
    expect(events.map(({ metadata }) => metadata.resourceVersion)).toContain(written.metadata.resourceVersion)
    expect(fieldsOf(ourEntry(after))).toBe(fieldsOf(ourEntry(before)))
  })
  it('nothing new, and a dry run: no new version, so no event', async () => {
    await reset()
    const current = await client.get({ ...ref, namespace })
    const again = await client.apply(rendered(), ours)
    expect(ourEntry(again)?.time).toBe(ourEntry(current)?.time)
    expect(fieldsOf(ourEntry(again))).toBe(fieldsOf(ourEntry(current)))
    const dry = await client.apply(rendered('nginx:9'), { ...ours, dryRun: true })
    const live = await client.get({ ...ref, namespace })
    expect(live).toMatchObject({ spec: { template: { spec: { containers: [{ image: 'nginx:1' }] } } } })
    expect(live.metadata.generation).toBe(current.metadata.generation)
    expect(dry.metadata.generation).toBe(Number(current.metadata.generation) + 1)
  })
})

describe('drift: our entry shrinks, and keeps its time', () => {
  const writes: [string, manager: string, body: object, Partial<PatchOptions>, shows: boolean][] = [
    ['kubectl edit', 'kubectl-edit', image('nginx:9'), {}, true],
    ['kubectl label --overwrite', 'kubectl-label', { metadata: { labels: { app: 'x' } } }, {}, true],
    ['kubectl annotate --overwrite', 'kubectl-annotate', { metadata: { annotations: { a: '2' } } }, {}, true],
    ['an operator', 'operator', image('nginx:9'), { type: 'strategic' }, true],
    [
      'an operator that removes a field',
      'operator',
      { metadata: { annotations: { a: null } } },
      { type: 'merge' },
      false,
    ],
    ['our own name with Update', 'kustomize-controller', { spec: { replicas: 8 } }, { type: 'merge' }, true],
  ]
  it.each(writes)('%s', async (_name, manager, body, options, shows) => {
    const before = await reset()
    const after = await foreign(manager, body, options)
    expect(fieldsOf(ourEntry(after)).length).toBeLessThan(fieldsOf(ourEntry(before)).length)
    expect(ourEntry(after)?.time).toBe(ourEntry(before)?.time)
    expect(find(after, manager, 'Update') !== undefined).toBe(shows)
    // our correction brings our entry back, byte for byte
    const corrected = await reached(await client.apply(rendered(), ours))
    expect(fieldsOf(ourEntry(corrected))).toBe(fieldsOf(ourEntry(before)))
    expect(find(corrected, manager, 'Update')).toBeUndefined()
  })
  it('apply with force by another manager', async () => {
    const before = await reset()
    const body = { ...type, metadata: { name: 'web' }, ...image('nginx:7') }
    const after = await foreign('argo', body, { type: 'apply', force: true })
    expect(fieldsOf(ourEntry(after)).length).toBeLessThan(fieldsOf(ourEntry(before)).length)
    expect(ourEntry(after)?.time).toBe(ourEntry(before)?.time)
    expect(find(after, 'argo', 'Apply')?.time).toBeDefined()
  })
  it('the scale subresource: its entry has no time, and a second scaling changes only version and generation', async () => {
    const before = await reset()
    const scaled = await foreign(
      'kube-controller-manager',
      { spec: { replicas: 5 } },
      { type: 'merge', subresource: 'scale' },
    )
    const lost = fieldsOf(ourEntry(before)).replace('"f:replicas":{},', '')
    expect(fieldsOf(ourEntry(scaled))).toBe(lost)
    const entry = find(scaled, 'kube-controller-manager', 'Update', 'scale')
    expect(entry).toBeDefined()
    expect(entry).not.toHaveProperty('time')
    const again = await foreign(
      'kube-controller-manager',
      { spec: { replicas: 6 } },
      { type: 'merge', subresource: 'scale' },
    )
    expect(find(again, 'kube-controller-manager', 'Update', 'scale')).toEqual(entry)
    expect(ourEntry(again)).toEqual(ourEntry(scaled))
    expect(again.metadata.generation).toBe(Number(scaled.metadata.generation) + 1)
  })
  it('managedFields cleared: our entry is gone, and our next apply finds a nameless owner', async () => {
    // a ConfigMap, which no controller writes to in between
    const obj = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cleared', namespace }, data: { a: '1' } }
    const applied = await client.apply(obj, ours)
    const cleared = await client.replace({ ...applied, metadata: { ...applied.metadata, managedFields: [{}] } })
    expect(cleared.metadata.managedFields ?? []).toEqual([])
    const corrected = await client.apply({ ...obj, data: { a: '2' } }, ours)
    expect(ourEntry(corrected)).toBeDefined()
    expect(find(corrected, 'before-first-apply', 'Update')).toBeDefined()
  })
  it('apply under our own name: fewer fields shrink it, other values change only its time', async () => {
    const before = await reset()
    const other = await reached(await client.apply(rendered('nginx:other'), ours))
    expect(fieldsOf(ourEntry(other))).toBe(fieldsOf(ourEntry(before)))
    const { annotations: _left, ...metadata } = rendered().metadata
    const fewer = await reached(await client.apply({ ...rendered(), metadata }, ours))
    expect(fieldsOf(ourEntry(fewer)).length).toBeLessThan(fieldsOf(ourEntry(before)).length)
  })
})

const foreignCondition = { type: 'Mine', status: 'True', reason: 'R', message: 'm' }

describe('no drift: our entry stays as it is', () => {
  const writes: [string, manager: string, body: object, Partial<PatchOptions>][] = [
    ['a new label', 'kubectl-label', { metadata: { labels: { extra: '1' } } }, {}],
    ['rollout restart', 'kubectl-rollout', { spec: { template: { metadata: { annotations: { r: 'now' } } } } }, {}],
    ['a status write', 'someone', { status: { conditions: [foreignCondition] } }, { subresource: 'status' }],
    [
      'apply of the same value',
      'argo',
      { ...type, metadata: { name: 'web' }, spec: { replicas: 2 } },
      { type: 'apply' },
    ],
  ]
  it.each(writes)('%s', async (_name, manager, body, options) => {
    const before = await reset()
    const after = await foreign(manager, body, options)
    expect(ourEntry(after)).toEqual(ourEntry(before))
    expect(after.metadata.managedFields?.map((entry) => entry.manager)).toContain(manager)
  })
  it('an entry whose making changed nothing else has no time', async () => {
    await reset()
    const body = { ...type, metadata: { name: 'web' }, spec: { replicas: 2 } }
    const after = await foreign('argo', body, { type: 'apply' })
    expect(find(after, 'argo', 'Apply')).not.toHaveProperty('time')
  })
  it('a write of the value that is there already makes no event', async () => {
    await reset()
    const before = await client.get({ ...ref, namespace })
    const patched = await client.patch(
      { ...ref, namespace },
      { type: 'merge', body: { metadata: { annotations: { a: '1' } } }, fieldManager: 'kubectl-annotate' },
    )
    expect(find(patched, 'kubectl-annotate', 'Update')).toBeUndefined()
    expect(ourEntry(patched)).toEqual(ourEntry(before))
  })
})

describe('removal', () => {
  it('an owner label that is removed looks like a deletion: same uid, the labels of before', async () => {
    const before = await reset()
    removed.length = 0
    await client.patch(
      { ...ref, namespace },
      { type: 'merge', body: { metadata: { labels: { [label]: null } } }, fieldManager: 'operator' },
    )
    await eventually(() => expect(removed).toHaveLength(1))
    expect(removed[0]?.metadata).toMatchObject({ uid: before.metadata.uid, labels: { [label]: 'us' } })
    expect(removed[0]?.metadata).not.toHaveProperty('deletionTimestamp')
    const live = await client.get({ ...ref, namespace })
    expect(live.metadata.uid).toBe(before.metadata.uid)
  })
  it('a deletion carries no deletionTimestamp unless something held it up', async () => {
    const before = await reset()
    removed.length = 0
    await client.delete({ ...ref, namespace }, { propagation: 'Background' })
    await eventually(() => expect(removed).toHaveLength(1))
    expect(removed[0]?.metadata.uid).toBe(before.metadata.uid)
    expect(removed[0]?.metadata).not.toHaveProperty('deletionTimestamp')
    const made = await reset()
    await foreign('operator', { metadata: { finalizers: ['example.com/held'] } }, { type: 'merge' })
    await client.delete({ ...ref, namespace })
    await eventually(() => expect(cached()?.metadata.deletionTimestamp).toBeDefined())
    expect(ourEntry(cached())).toEqual(ourEntry(made))
    await client.patch({ ...ref, namespace }, { type: 'merge', body: { metadata: { finalizers: null } } })
    await eventually(() => expect(cached()).toBeUndefined())
    expect(removed.at(-1)?.metadata.deletionTimestamp).toBeDefined()
  })
})
