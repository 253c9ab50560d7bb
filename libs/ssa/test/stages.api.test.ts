// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { toInventory } from '../src/index.ts'
import type { ChangeSet } from '../src/index.ts'
import { actions, apply, configMap, deployment, managerOf, randomName, service, versions } from './fixtures.ts'

function crd(kind: string): KubeObject {
  const plural = `${kind.toLowerCase()}s`
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.ssa.example.com` },
    spec: {
      group: 'ssa.example.com',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      scope: 'Namespaced',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: 'object',
              properties: { spec: { type: 'object', properties: { size: { type: 'integer' } } } },
            },
          },
        },
      ],
    },
  }
}

describe('staged apply', () => {
  it('brings a namespace, a CRD, its custom resource and what lives in the namespace with one call, in order', async () => {
    const { client } = await testCluster()
    const kind = randomName('Widget')
    const namespace = randomName('stages-')
    const manager = managerOf(client, { namespace: 'flux-system', name: namespace })
    const widget: KubeObject = {
      apiVersion: 'ssa.example.com/v1',
      kind,
      metadata: { name: 'w', namespace },
      spec: { size: 3 },
    }
    const objects = [
      widget,
      deployment(namespace, 'app'),
      service(namespace, 'app'),
      configMap(namespace, 'settings', { COLOR: 'blue' }),
      { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: namespace }, value: 10 },
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'app', namespace } },
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
      crd(kind),
    ]
    const changeSet = await apply(manager, objects)
    const names = [
      `CustomResourceDefinition/${kind.toLowerCase()}s.ssa.example.com`,
      `Namespace/${namespace}`,
      `PriorityClass/${namespace}`,
      'ServiceAccount/app',
      'ConfigMap/settings',
      'Service/app',
      'Deployment/app',
      `${kind}/w`,
    ]
    expect(actions(changeSet)).toEqual(names.map((name) => `${name} created`))
    expect(toInventory(changeSet.map(({ object }) => object)).slice(1, 4)).toEqual([
      { id: `_${namespace}__Namespace`, v: 'v1' },
      { id: `_${namespace}_scheduling.k8s.io_PriorityClass`, v: 'v1' },
      { id: `${namespace}_app__ServiceAccount`, v: 'v1' },
    ])
    const refs = changeSet.map(({ object }) => object)
    const before = await versions(client, refs)
    expect(actions(await apply(manager, objects))).toEqual(names.map((name) => `${name} unchanged`))
    const after = await versions(client, refs)
    // controllers write the status of these two
    for (const busy of ['Deployment/app', names[0] ?? '']) delete (delete before[busy], after)[busy]
    expect(after).toEqual(before)
  })

  it('says of each stage what it is going to write, before it does; what is thrown there keeps it from writing', async () => {
    const { client } = await testCluster()
    const namespace = randomName('stages-')
    const manager = managerOf(client, { namespace: 'flux-system', name: namespace })
    const said: string[][] = []
    const settings = configMap(namespace, 'settings', {})
    const objects = [settings, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]
    const willWrite = async (changes: ChangeSet): Promise<void> => {
      said.push(actions(changes))
      if (said.length === 2) throw new Error('not now')
    }
    await expect(apply(manager, objects, { willWrite })).rejects.toThrow('not now')
    expect(await client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'settings' })).toBeUndefined()
    await apply(manager, objects, { willWrite })
    await apply(manager, objects, { willWrite })
    const created = ['ConfigMap/settings created']
    expect(said).toEqual([[`Namespace/${namespace} created`], created, created])
  })

  it('asks nothing about objects that are known to be untouched', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const objects = [configMap(namespace, 'a', { key: '1' }), configMap(namespace, 'b', { key: '1' })]
    const first = await apply(manager, objects)
    await client.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })
    const hashes = new Set(first.map(({ renderedHash }) => renderedHash))
    const second = await apply(manager, objects, { knownUnchanged: (_, hash) => hashes.has(hash) })
    expect(actions(second)).toEqual(['ConfigMap/a unchanged', 'ConfigMap/b unchanged'])
    expect(second.every(({ observed }) => observed === undefined)).toBe(true)
    expect(await client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })).toBeUndefined()
    expect(actions(await apply(manager, objects))).toEqual(['ConfigMap/a created', 'ConfigMap/b unchanged'])
  })

  it('gives up a definition that never gets ready, in the words of Flux', async () => {
    const { client } = await testCluster()
    const kind = randomName('Clash')
    const namespace = randomName('stages-')
    const manager = managerOf(client, { namespace: 'flux-system', name: namespace })
    await apply(manager, [crd(kind)])
    // a second CRD that claims the same names is never established
    const claimant = crd(kind)
    claimant.metadata.name = `other${claimant.metadata.name}`
    const spec = claimant['spec'] as { names: { plural: string } }
    spec.names.plural = `other${spec.names.plural}`
    const objects = [claimant, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }]
    await expect(apply(manager, objects, { stageTimeoutMs: 300 })).rejects.toMatchObject({
      code: expect.stringMatching(/^Wait/),
      message: expect.stringContaining(`[CustomResourceDefinition/${claimant.metadata.name} status: '`),
      changeSet: [{ action: 'created' }, { action: 'created' }],
    })
  })
})
