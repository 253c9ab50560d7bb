// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { actions, apply, configMap, deployment, fieldManager, labelGroup, managerOf } from './fixtures.ts'

const ref = (namespace: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'app' })

function managers(object: KubeObject): string[] {
  const entries: ManagedFieldsEntry[] = object.metadata.managedFields ?? []
  return entries
    .map(({ manager, operation, subresource }) => `${manager} ${operation} ${subresource ?? ''}`.trim())
    .sort()
}

async function edit(client: KubeClient, namespace: string, manager: string, body: object): Promise<KubeObject> {
  return client.patch(ref(namespace), { type: 'merge', body, fieldManager: manager })
}

/** The managers that the test's cluster itself adds by status writes. */
const controllers = /^kube-controller-manager Update/

describe('fields of other managers', () => {
  it('are reverted and taken over when kubectl set them', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [deployment(namespace, 'app')])
    await edit(client, namespace, 'kubectl-edit', { spec: { replicas: 5, minReadySeconds: 7 } })
    await edit(client, namespace, 'kubectl-label', {
      metadata: { labels: { by: 'hand' }, annotations: { 'fluxcd.io/sync-checksum': 'x' } },
    })
    expect(actions(await apply(manager, [deployment(namespace, 'app')]))).toEqual(['Deployment/app configured'])
    const live = await client.get(ref(namespace))
    expect(live['spec']).toMatchObject({ replicas: 1 })
    expect(live['spec']).not.toHaveProperty('minReadySeconds')
    expect(live.metadata.labels).not.toHaveProperty('by')
    expect(live.metadata.annotations ?? {}).not.toHaveProperty('fluxcd.io/sync-checksum')
    expect(managers(live).filter((entry) => !controllers.test(entry))).toEqual([`${fieldManager} Apply`])
    expect(actions(await apply(manager, [deployment(namespace, 'app')]))).toEqual(['Deployment/app unchanged'])
  })

  it('stay when they are other controllers, or kubectl on an object with ssa: Merge', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const merge = deployment(namespace, 'app')
    merge.metadata.annotations = { [`${labelGroup}/ssa`]: 'Merge' }
    await apply(manager, [merge])
    await edit(client, namespace, 'kubectl-edit', { spec: { replicas: 5, minReadySeconds: 7 } })
    await edit(client, namespace, 'other-controller', { metadata: { labels: { other: 'yes' } } })
    expect(actions(await apply(manager, [merge]))).toEqual(['Deployment/app configured'])
    const live = await client.get(ref(namespace))
    expect(live['spec']).toMatchObject({ replicas: 1, minReadySeconds: 7 })
    expect(live.metadata.labels).toMatchObject({ other: 'yes' })
    expect(actions(await apply(manager, [merge]))).toEqual(['Deployment/app unchanged'])
  })

  it('are taken over from the names that the operator gives', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const owner = { namespace, name: 'app' }
    await apply(managerOf(client, owner), [deployment(namespace, 'app')])
    await edit(client, namespace, 'legacy-tool', { spec: { minReadySeconds: 7 } })
    expect(actions(await apply(managerOf(client, owner), [deployment(namespace, 'app')]))).toEqual([
      'Deployment/app unchanged',
    ])
    const strict = managerOf(client, owner, { disallowedManagers: ['legacy-tool'] })
    expect(actions(await apply(strict, [deployment(namespace, 'app')]))).toEqual(['Deployment/app configured'])
    expect((await client.get(ref(namespace)))['spec']).not.toHaveProperty('minReadySeconds')
  })

  it('are left alone with reconcile: disabled, ssa: Ignore and ssa: IfNotPresent', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const settled = (setting: string, value: string, name: string, key: string) => {
      const object = configMap(namespace, name, { key })
      object.metadata.annotations = { [`${labelGroup}/${setting}`]: value }
      return object
    }
    const objects = (key: string) => [
      settled('reconcile', 'disabled', 'a', key),
      settled('ssa', 'Ignore', 'b', key),
      settled('ssa', 'IfNotPresent', 'c', key),
    ]
    expect(actions(await apply(manager, objects('1')))).toEqual([
      'ConfigMap/a skipped',
      'ConfigMap/b skipped',
      'ConfigMap/c created',
    ])
    expect(actions(await apply(manager, objects('2')))).toEqual([
      'ConfigMap/a skipped',
      'ConfigMap/b skipped',
      'ConfigMap/c skipped',
    ])
    expect((await client.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'c' }))['data']).toEqual({
      key: '1',
    })
  })
})

describe('ignored fields', () => {
  const ignore = [{ paths: ['/spec/replicas', '/spec/minReadySeconds'] }]

  it('are no drift, keep their live value when the rest changes, and are given to those who apply them', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const changed = deployment(namespace, 'app')
    changed.metadata.labels = { ...changed.metadata.labels, version: '2' }
    await apply(manager, [deployment(namespace, 'app')], { ignore })
    await edit(client, namespace, 'autoscaler', { spec: { replicas: 5 } })
    expect(actions(await apply(manager, [deployment(namespace, 'app')], { ignore }))).toEqual([
      'Deployment/app unchanged',
    ])
    expect(actions(await apply(manager, [changed], { ignore }))).toEqual(['Deployment/app configured'])
    expect((await client.get(ref(namespace)))['spec']).toMatchObject({ replicas: 5 })

    const claim = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'app', namespace },
      spec: { replicas: 7 },
    }
    await client.apply(claim, { fieldManager: 'autoscaler', force: true })
    expect(actions(await apply(manager, [deployment(namespace, 'app')], { ignore }))).toEqual([
      'Deployment/app configured',
    ])
    const live = await client.get(ref(namespace))
    expect(live['spec']).toMatchObject({ replicas: 7 })
    const ours = live.metadata.managedFields?.find((entry) => entry.manager === fieldManager)
    expect(ours?.fieldsV1).not.toHaveProperty(['f:spec', 'f:replicas'])
  })
})
