// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { refOf } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { toInventory } from '../src/index.ts'
import type { ChangeSet, InventoryEntry, PruneOptions, PruneResult, ResourceManager } from '../src/index.ts'
import { actions, apply, configMap, deployment, labelGroup, managerOf, randomName, service } from './fixtures.ts'

function prune(
  manager: ResourceManager,
  entries: readonly InventoryEntry[],
  options: PruneOptions = {},
): Promise<PruneResult> {
  return manager.prune(entries, options, AbortSignal.timeout(50_000))
}

const entriesOf = (changeSet: ChangeSet): InventoryEntry[] => toInventory(changeSet.map(({ object }) => object))

async function names(client: KubeClient, namespace: string): Promise<string[]> {
  const kind = await client.resolve({ apiVersion: 'v1', kind: 'ConfigMap' })
  const { items } = await client.list(kind, { namespace })
  return items
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt')
    .sort()
}

describe('prune', () => {
  it('deletes in reverse order, counts what is gone as deleted, and waits until all is gone', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const applied = await apply(manager, [
      configMap(namespace, 'a', {}),
      service(namespace, 'b'),
      deployment(namespace, 'c'),
    ])
    await client.delete({ apiVersion: 'v1', kind: 'Service', namespace, name: 'b' })
    const { changeSet, survivors, errors } = await prune(manager, entriesOf(applied))
    expect(actions(changeSet)).toEqual(['Deployment/c deleted', 'Service/b deleted', 'ConfigMap/a deleted'])
    expect({ survivors, errors }).toEqual({ survivors: [], errors: [] })
    const refs = changeSet.map(({ object }) => object)
    await manager.waitForTermination(refs, { timeoutMs: 20_000 }, AbortSignal.timeout(30_000))
    expect(await Promise.all(refs.map((ref) => client.find(ref)))).toEqual([undefined, undefined, undefined])
  })

  it('leaves what is not ours any more, what says so, and what another inventory lists', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const keep = configMap(namespace, 'keep', {})
    keep.metadata.annotations = { [`${labelGroup}/prune`]: 'Disabled' }
    const all = ['moved', 'unlabelled', 'ignored', 'listed', 'ours'].map((name) => configMap(namespace, name, {}))
    const applied = await apply(manager, [keep, ...all])
    await apply(managerOf(client, { namespace, name: 'other' }), [configMap(namespace, 'moved', {})])
    const change = (name: string, metadata: object) =>
      client.patch({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name }, { type: 'merge', body: { metadata } })
    await change('unlabelled', { labels: { [`${labelGroup}/namespace`]: null } })
    await change('ignored', { labels: { [`${labelGroup}/ssa`]: 'ignore' } })
    const listedElsewhere = (ref: { name: string }, id: string) =>
      ref.name === 'listed' && id === `${namespace}_listed__ConfigMap`
    const { changeSet, survivors, left, lost } = await prune(manager, entriesOf(applied), { listedElsewhere })
    expect(actions(changeSet).filter((line) => !line.endsWith('skipped'))).toEqual(['ConfigMap/ours deleted'])
    expect(changeSet).toHaveLength(6)
    expect(survivors).toEqual([])
    expect(left.map(({ id }) => id)).toEqual([`${namespace}_listed__ConfigMap`])
    expect(lost.map(({ object, owner }) => [object.name, owner?.name])).toEqual([
      ['unlabelled', undefined],
      ['moved', 'other'],
    ])
    expect(await names(client, namespace)).toEqual(['ignored', 'keep', 'listed', 'moved', 'unlabelled'])
  })

  it('deletes what its former owner left to it, and nothing else of that one', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const former = managerOf(client, { namespace, name: 'former' })
    const applied = await apply(
      former,
      ['left', 'kept'].map((name) => configMap(namespace, name, {})),
    )
    const inherited = (id: string, owner: { name: string }): boolean =>
      owner.name === 'former' && id === `${namespace}_left__ConfigMap`
    const heir = managerOf(client, { namespace, name: 'heir' })
    const { removed, lost } = await prune(heir, entriesOf(applied), { inherited })
    expect(removed.map(({ id }) => id)).toEqual([`${namespace}_left__ConfigMap`])
    expect(lost.map(({ object }) => object.name)).toEqual(['kept'])
    expect(await names(client, namespace)).toEqual(['kept'])
  })

  it('returns what the server would not delete, and the rest is deleted', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const owner = { namespace, name: 'app' }
    const applied = await apply(managerOf(client, owner), [configMap(namespace, 'a', {}), service(namespace, 'b')])
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'pruner', namespace } }
    await client.create(account)
    const rules = [
      { apiGroups: [''], resources: ['configmaps', 'services'], verbs: ['get'] },
      { apiGroups: [''], resources: ['services'], verbs: ['delete'] },
    ]
    const role = {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata: { name: 'pruner', namespace },
      rules,
    }
    await client.create(role)
    await client.create({
      ...role,
      kind: 'RoleBinding',
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'pruner' },
      subjects: [{ kind: 'ServiceAccount', name: 'pruner', namespace }],
    })
    const limited = client.as({ user: `system:serviceaccount:${namespace}:pruner` })
    const { changeSet, survivors, errors } = await prune(managerOf(limited, owner), entriesOf(applied))
    expect(actions(changeSet)).toEqual(['Service/b deleted', 'ConfigMap/a unknown'])
    expect(survivors).toEqual([{ id: `${namespace}_a__ConfigMap`, v: 'v1' }])
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(new RegExp(`^ConfigMap/${namespace}/a delete failed: configmaps "a" is forbidden`)),
    ])
    expect(await names(client, namespace)).toEqual(['a'])
  })

  it('takes an object whose kind no version of its group has for gone', async () => {
    const { client } = await testCluster()
    const manager = managerOf(client, { namespace: 'default', name: 'app' })
    const entries = [
      { id: 'default_t_nowhere.example.com_Thing', v: 'v1' },
      { id: 'default_t_apps_Thing', v: 'v1' },
    ]
    const { survivors, changeSet } = await prune(manager, entries)
    expect({ survivors, actions: actions(changeSet) }).toEqual({
      survivors: [],
      actions: ['Thing/t deleted', 'Thing/t deleted'],
    })
  })

  it('deletes an object under the version that is served, when that of the inventory is not any more', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [deployment(namespace, 'a')])
    const { survivors, changeSet } = await prune(manager, [{ id: `${namespace}_a_apps_Deployment`, v: 'v1beta1' }])
    expect({ survivors, actions: actions(changeSet) }).toEqual({ survivors: [], actions: ['Deployment/a deleted'] })
    const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'a' }
    await manager.waitForTermination([ref], { timeoutMs: 20_000 }, AbortSignal.timeout(30_000))
  })

  it('does not take an object for gone whose API service does not answer', async () => {
    const { client } = await testCluster()
    const group = `${randomName('down')}.example.com`
    const service = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name: `v1.${group}` } }
    await client.create({
      ...service,
      spec: {
        group,
        version: 'v1',
        groupPriorityMinimum: 1000,
        versionPriority: 10,
        insecureSkipTLSVerify: true,
        service: { namespace: 'default', name: 'nobody', port: 443 },
      },
    })
    const manager = managerOf(client, { namespace: 'default', name: 'app' })
    const entry = { id: `default_t_${group}_Thing`, v: 'v1' }
    try {
      const { survivors, changeSet, errors } = await prune(manager, [entry])
      expect({ survivors, actions: actions(changeSet) }).toEqual({ survivors: [entry], actions: ['Thing/t unknown'] })
      expect(errors[0]?.message).toMatch(/^Thing\/default\/t query failed: /)
    } finally {
      // while it is there, no namespace can be deleted
      await client.delete(refOf(service))
    }
  })

  it('takes what a terminating namespace takes with it for deleted', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const applied = await apply(manager, [configMap(namespace, 'a', {})])
    await client.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
    const { survivors, changeSet } = await prune(manager, entriesOf(applied))
    expect({ survivors, actions: actions(changeSet) }).toEqual({ survivors: [], actions: ['ConfigMap/a deleted'] })
  })
})
