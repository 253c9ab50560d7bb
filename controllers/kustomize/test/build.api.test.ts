// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'

interface ConfigMap extends KubeObject {
  data: Record<string, string>
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe('the build', () => {
  it('uses the kustomization.yaml of the path', async () => {
    const kustomization = manifest({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namePrefix: 'pre-',
      resources: ['listed.yaml'],
    })
    const revision = await scene.publish({
      'existing/kustomization.yaml': kustomization,
      'existing/listed.yaml': configMap('listed'),
      'existing/unlisted.yaml': configMap('unlisted'),
    })
    await scene.create('existing', { path: './existing' })
    const { status } = await scene.untilReady('existing', revision)
    expect(status?.inventory?.entries).toEqual([{ id: `${scene.namespace}_pre-listed__ConfigMap`, v: 'v1' }])
    expect(await scene.client.find(scene.object('ConfigMap', 'unlisted'))).toBeUndefined()
  })

  it('makes one of all manifests below the path where there is none', async () => {
    const revision = await scene.publish({
      'generated/a.yaml': configMap('generated-a'),
      'generated/deep/b.yml': configMap('generated-b'),
      'generated/deep/notes.txt': 'no manifest',
    })
    await scene.create('generated', { path: './generated' })
    const { status } = await scene.untilReady('generated', revision)
    expect(status?.inventory?.entries.map(({ id }) => id)).toEqual([
      `${scene.namespace}_generated-a__ConfigMap`,
      `${scene.namespace}_generated-b__ConfigMap`,
    ])
  })

  it('refuses a path that is not there, and goes on when it comes', async () => {
    await scene.publish({ 'other/a.yaml': configMap('a') })
    await scene.create('missing', { path: './missing' })
    const failed = await scene.untilFailed('missing', 'ArtifactFailed', /^kustomization path not found/)
    expect(failed.status).not.toHaveProperty('lastAppliedRevision')
    expect(conditionsOf(failed)['Reconciling']?.slice(0, 2)).toEqual(['True', 'ProgressingWithRetry'])
    await scene.untilEvent('missing', 'ArtifactFailed', /path not found/)
    const revision = await scene.publish({ 'missing/a.yaml': configMap('came') })
    await scene.untilReady('missing', revision)
    expect((await scene.client.get<ConfigMap>(scene.object('ConfigMap', 'came'))).data).toEqual({ key: 'value' })
  })
})
