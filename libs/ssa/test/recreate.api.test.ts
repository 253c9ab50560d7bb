// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { actions, apply, configMap, deployment, labelGroup, managerOf, service } from './fixtures.ts'

function immutable(namespace: string, key: string): KubeObject {
  return { ...configMap(namespace, 'fixed', { key }), immutable: true }
}

describe('immutable fields', () => {
  const ref = (namespace: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'fixed' })

  it('are refused without force, and nothing is deleted when another object of the stage is refused', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [immutable(namespace, '1')])
    const { uid } = (await client.get(ref(namespace))).metadata
    await expect(apply(manager, [immutable(namespace, '2')])).rejects.toMatchObject({
      code: 'DryRunRefused',
      message: expect.stringMatching(/^ConfigMap\/.*\/fixed dry-run failed \(Invalid\): .*immutable/),
    })
    const together = [immutable(namespace, '2'), service(namespace, 'bad', 99_999)]
    await expect(apply(manager, together, { force: true })).rejects.toMatchObject({ refusals: [{ reason: 'Invalid' }] })
    expect((await client.get(ref(namespace))).metadata.uid).toBe(uid)
  })

  it.each([
    ['the option', { force: true }, undefined],
    ['an annotation on the rendered object', {}, 'rendered'],
    ['an annotation on the live object', {}, 'live'],
  ])('make a new object with %s', async (_name, options, annotated) => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [immutable(namespace, '1')])
    const { uid } = (await client.get(ref(namespace))).metadata
    const annotations = { [`${labelGroup}/force`]: 'enabled' }
    const changed = immutable(namespace, '2')
    if (annotated === 'rendered') changed.metadata.annotations = annotations
    if (annotated === 'live')
      await client.patch(ref(namespace), { type: 'merge', body: { metadata: { annotations } }, fieldManager: 'x' })
    expect(actions(await apply(manager, [changed], options))).toEqual(['ConfigMap/fixed created'])
    const live = await client.get(ref(namespace))
    expect(live['data']).toEqual({ key: '2' })
    expect(live.metadata.uid).not.toBe(uid)
  })

  it('are no reason to delete what is invalid anyway, nor what would have been made anew beside it', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [immutable(namespace, '1'), deployment(namespace, 'web')])
    const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' }
    const uids = async () => [(await client.get(ref(namespace))).metadata.uid, (await client.get(web)).metadata.uid]
    const before = await uids()
    const invalid = [immutable(namespace, '2'), deployment(namespace, 'web', -1)]
    await expect(apply(manager, invalid, { force: true })).rejects.toMatchObject({
      code: 'DryRunRefused',
      refusals: [{ subject: `Deployment/${namespace}/web`, reason: 'Invalid' }],
    })
    expect(await uids()).toEqual(before)
  })

  it('wait until the old object is gone, and give up in time', async () => {
    const { client } = await testCluster()
    const namespace = await createNamespace(client)
    const manager = managerOf(client, { namespace, name: 'app' })
    await apply(manager, [immutable(namespace, '1'), deployment(namespace, 'app')])
    await client.patch(ref(namespace), { type: 'merge', body: { metadata: { finalizers: ['example.com/hold'] } } })
    await expect(
      apply(manager, [immutable(namespace, '2')], { force: true, recreateTimeoutMs: 200 }),
    ).rejects.toMatchObject({
      code: 'ApplyFailed',
      message: `ConfigMap/${namespace}/fixed immutable field detected, failed to wait for object to be deleted`,
    })
    const again = apply(manager, [immutable(namespace, '2')], { force: true })
    await client.patch(ref(namespace), { type: 'merge', body: { metadata: { finalizers: null } } })
    expect(actions(await again)).toEqual(['ConfigMap/fixed created'])
  })
})
