// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { ObjectRef } from '@tidelock/kube'
import { AdmissionWebhook, createNamespace } from '@tidelock/testkit'
import { driftReports, drifted, edit, untilDrifted } from './drift-scene.ts'
import { Gateway } from './gateway.ts'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

// the own cluster under another address stands for a remote one
let scene: Scene
let gateway: Gateway
let far: string
beforeAll(async () => {
  scene = await Scene.open()
  gateway = await Gateway.start(scene.cluster.kubeconfigPath)
  far = await createNamespace(scene.client, 'far')
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

/** A Secret with a kubeconfig of that account. */
async function kubeConfigOf(account: string): Promise<SceneSpec> {
  const { token } = await scene.client.createToken({ namespace: scene.namespace, name: account })
  const metadata = { name: account, namespace: scene.namespace }
  const stringData = { value: gateway.kubeconfig({ token }) }
  await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  return { kubeConfig: { secretRef: { name: account } }, targetNamespace: far }
}

const farMap = (name: string): ObjectRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: far, name })

it('drift on a remote cluster is undone at once, with who did it, and a change of that server brings a full look', async () => {
  const account = 'observer'
  await createTenant(scene.client, scene.namespace, account, configMapRules, [far])
  const metadata = { name: `tidelock-test-${scene.namespace}` }
  const rbac = 'rbac.authorization.k8s.io/v1'
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] },
    { apiGroups: ['admissionregistration.k8s.io'], resources: ['*'], verbs: ['list', 'watch'] },
  ]
  await using stack = new AsyncDisposableStack()
  for (const kind of ['ClusterRoleBinding', 'ClusterRole'])
    stack.defer(() => scene.client.delete({ apiVersion: rbac, kind, name: metadata.name }))
  await scene.client.create({ apiVersion: rbac, kind: 'ClusterRole', metadata, rules })
  await scene.client.create({
    ...{ apiVersion: rbac, kind: 'ClusterRoleBinding', metadata },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: scene.namespace }],
  })

  const revision = await scene.deploy('watched', { 'a.yaml': configMap('watched') }, await kubeConfigOf(account))
  await scene.untilReady('watched', revision)
  await edit(scene, farMap('watched'), { data: { key: 'edited' } })
  await scene.untilLive(farMap('watched'), ({ data }) => JSON.stringify(data) === '{"key":"value"}')
  expect(await untilDrifted(scene, 'watched', 'False')).toBe(`ConfigMap/${far}/watched changed by kubectl-edit`)

  await using webhook = await AdmissionWebhook.start({
    ...{ client: scene.client, namespace: far, resource: 'configmaps', type: 'Mutating' },
    answer: ({ object }) =>
      object?.metadata.name === 'watched'
        ? { allow: true, patch: [{ op: 'add', path: '/data/injected', value: 'yes' }] }
        : { allow: true },
  })
  await scene.untilLive(farMap('watched'), ({ data }) => JSON.stringify(data) === '{"injected":"yes","key":"value"}')
  expect(webhook.requests.length).toBeGreaterThan(0)
})

it('what may not be watched is said, and its drift is undone at the interval', async () => {
  await createTenant(scene.client, scene.namespace, 'blind', configMapRules, [far])
  const spec = { ...(await kubeConfigOf('blind')), interval: '3s' }
  const revision = await scene.deploy('blind', { 'a.yaml': configMap('blind') }, spec)
  await scene.untilReady('blind', revision)
  const obj = await scene.until('blind', (each) => conditionsOf(each)['kustomize.tidelock.dev/Unwatched'] !== undefined)
  expect(conditionsOf(obj)['kustomize.tidelock.dev/Unwatched']?.slice(0, 2)).toEqual(['True', 'WatchRefused'])
  await edit(scene, farMap('blind'), { data: { key: 'edited' } })
  await scene.untilLive(farMap('blind'), ({ data }) => JSON.stringify(data) === '{"key":"value"}')
  const done = await scene.until('blind', (each) => drifted(each)?.[0] === 'False')
  expect(drifted(done)?.[2]).toBe(`ConfigMap/${far}/blind changed by kubectl-edit`)
  expect(driftReports(scene, 'blind')).toEqual([])
})
