// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { KubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { createNamespace, testCluster } from '@tidelock/testkit'
import { apply, configMap, managerOf } from './fixtures.ts'

/** The client, but for the answers to writes of the object, which are lost after the server has done them. */
function losing(client: KubeClient, name: string): KubeClient {
  const lossy: Pick<KubeClient, 'apply'> = {
    apply: async (object, options) => {
      const applied = await client.apply<never>(object, options)
      if (options.dryRun === true || object.metadata.name !== name) return applied
      throw new KubeError('Unreachable', 'the connection was lost')
    },
  }
  return new Proxy(client, {
    get: (target, member) => {
      if (member === 'apply') return lossy.apply
      const value: unknown = Reflect.get(target, member, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

it('says which writes nobody knows the end of, beside those that were done', async () => {
  const { client } = await testCluster()
  const namespace = await createNamespace(client)
  const objects = ['a', 'b', 'c'].map((name) => configMap(namespace, name, {}))
  const applying = apply(managerOf(losing(client, 'b'), { namespace, name: 'app' }, { concurrency: 1 }), objects)
  await expect(applying).rejects.toMatchObject({
    code: 'ApplyFailed',
    changeSet: [{ subject: `ConfigMap/${namespace}/a`, action: 'created' }],
    uncertain: [{ subject: `ConfigMap/${namespace}/b`, action: 'created' }],
  })
  expect(await client.find({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'b' })).toBeDefined()
})
