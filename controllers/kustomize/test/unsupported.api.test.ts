// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  await scene.publish({ 'a.yaml': configMap('never') })
})
afterAll(() => scene[Symbol.asyncDispose]())

const fields: [string, SceneSpec][] = [
  ['spec.healthCheckExprs', { healthCheckExprs: [{ apiVersion: 'v1', kind: 'X', current: 'true' }] }],
  ['spec.dependsOn[1].readyExpr', { dependsOn: [{ name: 'a' }, { name: 'b', readyExpr: 'true' }] }],
]

it.each(fields)('%s is refused by name, and nothing is applied', async (field, spec) => {
  const name = field.toLowerCase().replaceAll(/[^a-z]+/g, '-')
  await scene.create(name, spec)
  const message = `${field} is not supported by this version of the kustomize controller: remove it`
  const obj = await scene.untilFailed(name, 'FeatureGateDisabled')
  expect(conditionsOf(obj)).toEqual({
    Ready: ['False', 'FeatureGateDisabled', message],
    Stalled: ['True', 'FeatureGateDisabled', message],
  })
  await scene.untilEvent(name, 'FeatureGateDisabled', /is not supported/)
  expect(await scene.client.find(scene.object('ConfigMap', 'never'))).toBeUndefined()
})
