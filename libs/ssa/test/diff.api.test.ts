// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { apply, configMap, labelGroup, managerOf, randomName, service } from './fixtures.ts'

function secret(namespace: string, stringData: Record<string, string>): KubeObject {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace }, stringData }
}

describe('diff', () => {
  it('says what apply would do, writes nothing and hides what Secrets hold', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    const diff = async (object: KubeObject) => {
      const [prepared = object] = manager.prepare([object])
      return manager.diff(prepared, {}, AbortSignal.timeout(30_000))
    }
    expect(await diff(configMap(namespace, 'a', { key: '1' }))).toEqual({
      action: 'created',
      subject: `ConfigMap/${namespace}/a`,
      object: { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' },
    })
    expect(await client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'a' })).toBeUndefined()
    await apply(manager, [
      configMap(namespace, 'a', { key: '1' }),
      secret(namespace, { same: 'x', other: 'one', gone: 'g' }),
    ])
    expect(await diff(configMap(namespace, 'a', { key: '1' }))).toMatchObject({ action: 'unchanged' })
    const changed = await diff(configMap(namespace, 'a', { key: '2' }))
    expect([changed.action, changed.live?.['data'], changed.merged?.['data']]).toEqual([
      'configured',
      { key: '1' },
      { key: '2' },
    ])
    expect(changed.merged?.metadata.managedFields).toBeUndefined()
    const hidden = await diff(secret(namespace, { same: 'x', other: 'two', added: 'a' }))
    expect(hidden.live?.['data']).toEqual({ same: '***', other: '*** (before)', gone: '***' })
    expect(hidden.merged?.['data']).toEqual({ same: '***', other: '*** (after)', added: '***' })
    const ignored = configMap(namespace, 'a', { key: '3' })
    ignored.metadata.annotations = { [`${labelGroup}/reconcile`]: 'disabled' }
    expect(await diff(ignored)).toMatchObject({ action: 'skipped' })
    await expect(diff(service(namespace, 'bad', 99_999))).rejects.toMatchObject({ code: 'DryRunRefused' })
  })
})

describe('managedFields of an older version of a kind', () => {
  const group = 'migrate.example.com'
  const version = (name: string, storage: boolean, properties: object) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties } } } },
  })
  const size = { type: 'integer' }
  const mode = { type: 'string', default: 'safe' }

  it('are rewritten before the dry run, if asked to', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const kind = randomName('Gauge')
    const plural = `${kind.toLowerCase()}s`
    const crd = (versions: object[]): KubeObject => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.${group}` },
      spec: { group, names: { kind, plural }, scope: 'Namespaced', versions },
    })
    const gauge = (v: string): KubeObject => ({
      apiVersion: `${group}/${v}`,
      kind,
      metadata: { name: 'g', namespace },
      spec: { size: 1 },
    })
    const owner = { namespace, name: 'app' }
    await apply(managerOf(client, owner), [crd([version('v1', true, { size })]), gauge('v1')])
    const versions = [version('v1', false, { size }), version('v2', true, { size, mode })]
    const migrating = managerOf(client, owner, { migrateApiVersion: true })
    const changeSet = await apply(migrating, [crd(versions), gauge('v2')])
    expect(changeSet.map(({ action }) => action)).toEqual(['configured', 'configured'])
    const live = await client.get({ apiVersion: `${group}/v2`, kind, namespace, name: 'g' })
    expect(live['spec']).toEqual({ size: 1, mode: 'safe' })
    expect(live.metadata.managedFields?.map(({ apiVersion }) => apiVersion)).toEqual([`${group}/v2`])
    expect((await apply(migrating, [gauge('v2')])).map(({ action }) => action)).toEqual(['unchanged'])
  })
})
