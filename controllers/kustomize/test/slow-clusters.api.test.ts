// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import { createNamespace, eventually } from '@tidelock/testkit'
import { Gateway } from './gateway.ts'
import { configMap, manifest, Scene } from './harness.ts'
import { configMapRules, createTenant } from './tenant.ts'

let scene: Scene
let gateway: Gateway
beforeAll(async () => {
  scene = await Scene.open({ allNamespaces: true, flags: ['--concurrent=2'] })
  gateway = await Gateway.start(scene.cluster.kubeconfigPath)
  // the client gives an answer 30 s
  gateway.delayMs = 25_000
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
})

async function deployInto(namespace: string, name: string, source: string): Promise<void> {
  const { apiVersion, kind } = scene.ref(name)
  await scene.client.create<Kustomization>({
    apiVersion,
    kind,
    metadata: { name, namespace, labels: { 'tidelock.dev/scene': scene.namespace } },
    spec: {
      interval: '1h',
      prune: true,
      targetNamespace: namespace,
      sourceRef: { kind: 'GitRepository', name: source, namespace: scene.namespace },
    },
  })
}

it("a tenant's clusters that answer slowly, each request just in time, do not keep others from being reconciled", async () => {
  await createTenant(scene.client, scene.namespace, 'remote', configMapRules)
  const { token } = await scene.client.createToken({ namespace: scene.namespace, name: 'remote' })
  const metadata = { name: 'slow', namespace: scene.namespace }
  const stringData = { value: gateway.kubeconfig({ token }) }
  await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData })
  const names = ['slow-1', 'slow-2', 'slow-3', 'slow-4', 'slow-5', 'slow-6']
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, each) => [`${each}.yaml`, configMap(`m-${each}`)]))
  await scene.publish(files)
  for (const name of names) await scene.create(name, { kubeConfig: { secretRef: { name: 'slow' } }, timeout: '1h' })
  // a run sends four patches at a time: both workers are held, and more want them
  const isHeld = (): Promise<void> => {
    expect(gateway.held).toBeGreaterThan(4)
    return Promise.resolve()
  }
  await eventually(isHeld)

  const other = await createNamespace(scene.client, 'other')
  await scene.publish(
    { 'a.yaml': manifest({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'quick' } }) },
    { source: 'quick' },
  )
  await deployInto(other, 'quick', 'quick')
  const quick = { ...scene.ref('quick'), namespace: other }
  await eventually(
    async () => {
      expect(getCondition(await scene.client.get<Kustomization>(quick), 'Ready')?.status).toBe('True')
    },
    { timeoutMs: 180_000 },
  )
  // fifty objects, four at a time, at 25 s a request: ten minutes
  for (const name of names) expect((await scene.get(name)).status?.lastAppliedRevision).toBeUndefined()
}, 420_000)
