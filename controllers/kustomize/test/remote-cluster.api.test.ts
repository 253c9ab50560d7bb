// SPDX-License-Identifier: Apache-2.0
// A second control plane as the remote cluster: other objects, another authority, client certificates, and it can go away.
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'
import { OwnCluster } from './own-cluster.ts'
import { configMapRules, createTenant } from './tenant.ts'

const far = 'far-away'
let scene: Scene
let remote: OwnCluster
beforeAll(async () => {
  remote = await OwnCluster.start({ scheduler: false, kwok: false, nats: false, controllerManager: false })
  scene = await Scene.open()
  await remote.cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: far } })
  const kubeconfig = await readFile(remote.control.kubeconfigPath, 'utf8')
  await putKubeconfig('remote', kubeconfig)
  await putKubeconfig(
    'mistrusted',
    kubeconfig.replace(/certificate-authority-data: .*/, 'insecure-skip-tls-verify: true'),
  )
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await remote[Symbol.asyncDispose]()
})

async function putKubeconfig(name: string, value: string): Promise<void> {
  const metadata = { name, namespace: scene.namespace }
  await scene.client.create({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { value } })
}

const spec = (more: SceneSpec = {}): SceneSpec => ({
  kubeConfig: { secretRef: { name: 'remote' } },
  targetNamespace: far,
  retryInterval: '1s',
  ...more,
})
const farMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: far, name })

function untilFar(name: string, isWanted: (obj: KubeObject & { data?: Record<string, string> }) => boolean) {
  return eventually(async () => {
    const found = await remote.cluster.client.get(farMap(name))
    if (!isWanted(found)) throw new Error(`not as wanted: ${JSON.stringify(found)}`)
    return found
  })
}

describe('a remote cluster', () => {
  it('is where objects are applied, kept, pruned and deleted, and the own cluster is not', async () => {
    await scene.deploy('whole', { 'a.yaml': configMap('kept'), 'b.yaml': configMap('stale') }, spec({ wait: true }))
    await scene.untilReady('whole')
    expect(await scene.client.find({ apiVersion: 'v1', kind: 'Namespace', name: far })).toBeUndefined()

    const body = { data: { key: 'by hand' } }
    await remote.cluster.client.patch(farMap('kept'), { type: 'merge', body, fieldManager: 'kubectl-edit' })
    await untilFar('kept', ({ data }) => data?.['key'] === 'value')
    await remote.cluster.client.delete(farMap('stale'))
    await untilFar('stale', () => true)

    const revision = await scene.publish({ 'a.yaml': configMap('kept') }, { source: 'whole' })
    await scene.untilReady('whole', revision)
    expect(await remote.cluster.client.find(farMap('stale'))).toBeUndefined()
    await scene.delete('whole')
    await scene.untilGone(scene.ref('whole'))
    expect(await remote.cluster.client.find(farMap('kept'))).toBeUndefined()
  })

  it('has kinds of its own', async () => {
    const names = { kind: 'Wave', plural: 'waves', singular: 'wave', listKind: 'WaveList' }
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    const crd = manifest({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'waves.remote.example.com' },
      spec: {
        group: 'remote.example.com',
        names,
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    })
    const wave = manifest({ apiVersion: 'remote.example.com/v1', kind: 'Wave', metadata: { name: 'w' } })
    await scene.deploy('kinds', { 'crd.yaml': crd, 'wave.yaml': wave }, spec())
    await scene.untilReady('kinds')
    await scene.deploy('kinds-here', { 'wave.yaml': wave })
    await expect(
      scene.untilFailed('kinds-here', 'ReconciliationFailed', /no matches for kind "Wave"/),
    ).resolves.toBeDefined()
  })

  it('is one where other people own what has the same name', async () => {
    await scene.deploy(
      'here',
      { 'a.yaml': configMap('twin'), 'b.yaml': configMap('b') },
      { targetNamespace: scene.namespace },
    )
    await remote.cluster.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: scene.namespace } })
    await scene.deploy('there', { 'a.yaml': configMap('twin') }, spec({ targetNamespace: scene.namespace }))
    await scene.untilReady('here')
    await scene.untilReady('there')
    const revision = await scene.publish({ 'b.yaml': configMap('b') }, { source: 'here' })
    await scene.untilReady('here', revision)
    expect(await scene.client.find(scene.object('ConfigMap', 'twin'))).toBeUndefined()
    expect(await remote.cluster.client.find(scene.object('ConfigMap', 'twin'))).toBeDefined()
  })

  it('knows accounts of its own', async () => {
    await scene.deploy('as', { 'a.yaml': configMap('as') }, spec({ serviceAccountName: 'deployer' }))
    const words = new RegExp(`ServiceAccount/${scene.namespace}/deployer does not exist`)
    await scene.untilFailed('as', 'ReconciliationFailed', words)
    const { client } = remote.cluster
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: scene.namespace } }
    await client.apply(namespace, { fieldManager: 'test' })
    await createTenant(client, scene.namespace, 'deployer', configMapRules, [far])
    await scene.untilReady('as')
    expect(await client.find(farMap('as'))).toBeDefined()
  })

  it('is not spoken to when its certificate is not trusted, even if the kubeconfig says so', async () => {
    await scene.deploy(
      'mistrusted',
      { 'a.yaml': configMap('m') },
      spec({ kubeConfig: { secretRef: { name: 'mistrusted' } } }),
    )
    const words = /cannot be reached: .*certificate/
    await expect(scene.untilFailed('mistrusted', 'ReconciliationFailed', words)).resolves.toBeDefined()
  })

  it('may go away and come back', async () => {
    await scene.deploy('away', { 'a.yaml': configMap('a1') }, spec())
    await scene.untilReady('away')
    remote.control.kill('kube-apiserver')
    await remote.control.exited('kube-apiserver')
    await scene.publish({ 'a.yaml': configMap('a2') }, { source: 'away' })
    const failed = await scene.untilFailed('away', 'ReconciliationFailed', /cannot be reached: .*ECONNREFUSED/)
    expect(conditionsOf(failed)['Ready']?.[2]).toContain(new URL(remote.control.server).host)
    await scene.delete('away')
    await scene.untilFailed(
      'away',
      'PruneFailed',
      /to leave the objects where they are, set spec.deletionPolicy to Orphan/,
    )
    await scene.deploy('beside', { 'a.yaml': configMap('beside') })
    await scene.untilReady('beside')
    await remote.control.start('kube-apiserver')
    await scene.untilGone(scene.ref('away'))
    expect(await remote.cluster.client.find(farMap('a1'))).toBeUndefined()
  })
})
