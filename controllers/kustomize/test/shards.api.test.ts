// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { configMap, Scene } from './harness.ts'

it('a controller with --watch-label-selector follows the sources and dependencies of its own objects, and leaves others alone', async () => {
  // the scene's label is its selector
  await using scene = await Scene.open({ allNamespaces: true })
  const files = (at: string) => ({ 'a/a.yaml': configMap('first', { at }), 'b/b.yaml': configMap('second', { at }) })
  const one = await scene.publish(files('one'))
  await scene.create('first', { path: './a' })
  await scene.create('second', { path: './b', dependsOn: [{ name: 'first' }] })
  await scene.untilReady('second', one)
  const { apiVersion, kind } = scene.ref('other')
  const other = await scene.client.create({
    apiVersion,
    kind,
    metadata: { name: 'other', namespace: scene.namespace },
    spec: { interval: '1h', prune: true, path: './a', sourceRef: { kind: 'GitRepository', name: 'app' } },
  })
  const two = await scene.publish(files('two'))
  await scene.untilReady('second', two)
  const live = await scene.client.get(scene.object('ConfigMap', 'first'))
  expect(live['data']).toEqual({ at: 'two' })
  expect((await scene.get('other')).metadata.resourceVersion).toBe(other.metadata.resourceVersion)
})
