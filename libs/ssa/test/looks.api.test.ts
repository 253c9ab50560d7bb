// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, it } from '@jest/globals'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { actions, apply, configMap, fieldManager, labelGroup, managerOf } from './fixtures.ts'

let client: KubeClient
let namespace: string
/** What was asked of the server about the objects, in order. */
let asked: string[]
beforeEach(async () => {
  client = noting((await testCluster()).client)
  namespace = await createNamespace(client)
  asked = []
})

/** The client, but for a note of each read and each apply. */
function noting(inner: KubeClient): KubeClient {
  const noted: Pick<KubeClient, 'find' | 'apply'> = {
    find: (ref: ObjectRef, options) => {
      asked.push(`read ${ref.name}`)
      return inner.find<never>(ref, options)
    },
    apply: (object, options) => {
      asked.push(`${options.dryRun === true ? 'dry run' : 'apply'} ${object.metadata.name}`)
      return inner.apply<never>(object, options)
    },
  }
  return new Proxy(inner, {
    get: (target, member) => {
      if (member === 'find' || member === 'apply') return noted[member]
      const value: unknown = Reflect.get(target, member, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

const manager = () => managerOf(client, { namespace, name: 'app' })

it('reads no object that its dry run shows to be new', async () => {
  expect(actions(await apply(manager(), [configMap(namespace, 'a', {})]))).toEqual(['ConfigMap/a created'])
  expect(asked).toEqual(['dry run a', 'apply a'])
})

it('reads what is there once, and writes what differs alone', async () => {
  await apply(manager(), [configMap(namespace, 'a', {})])
  asked = []
  expect(actions(await apply(manager(), [configMap(namespace, 'a', {})]))).toEqual(['ConfigMap/a unchanged'])
  expect(asked).toEqual(['dry run a', 'read a'])
  asked = []
  expect(actions(await apply(manager(), [configMap(namespace, 'a', { k: 'v' })]))).toEqual(['ConfigMap/a configured'])
  expect(asked).toEqual(['dry run a', 'read a', 'apply a'])
})

it.each([
  [true, ['read a', 'dry run a']],
  [false, ['dry run a', 'read a']],
])('takes a guess that the object is there (%s) for its order alone', async (guess, order) => {
  await apply(manager(), [configMap(namespace, 'a', {})])
  asked = []
  const isThere = (): boolean => guess
  expect(actions(await apply(manager(), [configMap(namespace, 'a', { k: 'v' })], { isThere }))).toEqual([
    'ConfigMap/a configured',
  ])
  expect(asked).toEqual([...order, 'apply a'])
  asked = []
  expect(actions(await apply(manager(), [configMap(namespace, 'b', {})], { isThere }))).toEqual(['ConfigMap/b created'])
})

it('skips an object that says so where it is, though its dry run is refused', async () => {
  const held = { ...configMap(namespace, 'a', { k: 'v' }), immutable: true }
  const metadata = { ...held.metadata, annotations: { [`${labelGroup}/reconcile`]: 'disabled' } }
  await client.create({ ...held, metadata }, { fieldManager })
  expect(actions(await apply(manager(), [configMap(namespace, 'a', { k: 'w' })]))).toEqual(['ConfigMap/a skipped'])
})

it('leaves what is only ever created alone, without a dry run', async () => {
  const once = configMap(namespace, 'a', { k: 'v' })
  const rendered = { ...once, metadata: { ...once.metadata, annotations: { [`${labelGroup}/ssa`]: 'IfNotPresent' } } }
  expect(actions(await apply(manager(), [rendered]))).toEqual(['ConfigMap/a created'])
  expect(asked).toEqual(['read a', 'dry run a', 'apply a'])
  asked = []
  expect(actions(await apply(manager(), [{ ...rendered, data: { k: 'w' } }]))).toEqual(['ConfigMap/a skipped'])
  expect(asked).toEqual(['read a'])
})

it('says what the server refuses of an object that is not there, in the words of a dry run', async () => {
  const refused = { ...configMap(namespace, 'a', {}), data: { 'no/key': 'v' } }
  await expect(apply(manager(), [refused])).rejects.toMatchObject({ code: 'DryRunRefused' })
  // it could have been there at the first one, and gone at the look
  expect(asked).toEqual(['dry run a', 'read a', 'dry run a'])
})
