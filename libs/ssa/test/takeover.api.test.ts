// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import { toInventory } from '../src/index.ts'
import type { ChangeSet } from '../src/index.ts'
import { actions, fieldManager, managerOf, versions } from './fixtures.ts'

async function read(file: string): Promise<KubeObject[]> {
  return JSON.parse(await readFile(new URL(`../testdata/${file}`, import.meta.url), 'utf8')) as KubeObject[]
}

/** Empty structs that Go's types write where the manifest has nothing: they are owned as a whole but hold nothing. */
const emptyStructs = new Set(['strategy', 'resources'])

/** What Flux sent for an object: the part of it that its Apply entry names. */
function extract(value: unknown, fields: Record<string, unknown>, name?: string): unknown {
  const elements = Object.keys(fields).filter((element) => element !== '.')
  if (elements.length === 0) return name !== undefined && emptyStructs.has(name) ? {} : value
  if (Array.isArray(value)) {
    const items: Record<string, unknown>[] = value
    return elements.map((element) => {
      const key = Object.entries(JSON.parse(element.slice(2)) as Record<string, unknown>)
      const item = items.find((each) => key.every(([member, wanted]) => each[member] === wanted))
      return extract(item, fields[element] as Record<string, unknown>)
    })
  }
  const pairs = elements.map((element) => {
    const member = element.slice(2)
    const inner = (value as Record<string, unknown>)[member]
    return [member, extract(inner, fields[element] as Record<string, unknown>, member)]
  })
  return Object.fromEntries(pairs)
}

interface Left {
  readonly object: KubeObject
  readonly fields: Record<string, unknown>
}

/** Brings an object as Flux left it to the server, by the requests that Flux made. */
async function leave(client: KubeClient, object: KubeObject, namespace: string): Promise<Left> {
  const fields = object.metadata.managedFields?.find((entry) => entry.manager === fieldManager)?.fieldsV1 ?? {}
  const sent = extract(object, fields) as { metadata: object }
  const { apiVersion, kind, metadata } = object
  const place = metadata.namespace === undefined ? {} : { namespace }
  const payload = { ...sent, apiVersion, kind, metadata: { ...sent.metadata, name: metadata.name, ...place } }
  await eventually(() => client.apply(payload, { fieldManager, force: true }))
  return { object: payload, fields }
}

/** What our own build of the same repository hands to apply. */
async function rendered(namespace: string): Promise<KubeObject[]> {
  const objects = await read('rendered.json')
  return objects.map((object) => {
    if (object.kind === 'CustomResourceDefinition') return object
    const built = { ...object, metadata: { ...object.metadata, namespace } }
    const data = object['data'] as Record<string, string> | undefined
    if (data === undefined) return built
    return { ...built, data: { ...data, GREETING: 'hello from staging' } }
  })
}

function ownFields(object: KubeObject): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === fieldManager)?.fieldsV1
}

describe('objects that Flux left', () => {
  const common = { labels: { team: 'retail' } }
  const apply = (client: KubeClient, objects: readonly KubeObject[]): Promise<ChangeSet> => {
    const manager = managerOf(client, { namespace: 'flux-system', name: 'shop' })
    return manager.applyAllStaged(manager.prepare(objects, common), {}, AbortSignal.timeout(50_000))
  }

  it('are taken over without a single write, and listed as Flux lists them', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client, 'shop')
    const objects = await read('left-by-flux.json')
    const refs = []
    for (const object of objects) {
      const left = await leave(client, object, namespace)
      const { metadata } = left.object
      const ref = {
        apiVersion: object.apiVersion,
        kind: object.kind,
        name: metadata.name,
        ...(metadata.namespace === undefined ? {} : { namespace }),
      }
      refs.push(ref)
      expect(ownFields(await client.get(ref))).toEqual(left.fields)
    }
    const quiet = refs.filter(
      ({ kind }) => kind !== 'Deployment' && kind !== 'CustomResourceDefinition' && kind !== 'HorizontalPodAutoscaler',
    )
    const before = await versions(client, quiet)
    const changeSet = await apply(client, await rendered(namespace))
    expect(new Set(changeSet.map(({ action }) => action))).toEqual(new Set(['unchanged']))
    expect(await versions(client, quiet)).toEqual(before)
    expect(
      toInventory(changeSet.map(({ object }) => object)).map(({ id }) => id.replaceAll(`${namespace}_`, 'shop_')),
    ).toEqual([
      '_widgets.example.com_apiextensions.k8s.io_CustomResourceDefinition',
      'shop_shop__ServiceAccount',
      'shop_shop__reader_rbac.authorization.k8s.io_Role',
      'shop_shop-settings__ConfigMap',
      'shop_shop__Service',
      'shop_shop_apps_Deployment',
      'shop_shop_autoscaling_HorizontalPodAutoscaler',
      'shop_shop_example.com_Widget',
    ])

    // once something changes, the empty structs of Go's types leave our entry, and the object keeps its values
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'shop' }
    const { spec: was } = (await client.get(deployment)) as { spec?: unknown }
    const changed = (await rendered(namespace)).map((object) =>
      object.kind === 'Deployment'
        ? { ...object, metadata: { ...object.metadata, annotations: { changed: 'yes' } } }
        : object,
    )
    expect(actions(await apply(client, changed)).filter((line) => line.endsWith('configured'))).toEqual([
      'Deployment/shop configured',
    ])
    const live = await client.get(deployment)
    expect(live['spec']).toEqual(was)
    expect(ownFields(live)).not.toHaveProperty(['f:spec', 'f:strategy'])
  })
})
