// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const named = (apiVersion: string, kind: string, name: string, more: object = {}): string =>
  manifest({ apiVersion, kind, metadata: { name }, ...more })

describe('objects that are refused', () => {
  it('are told all together, each with what to do about it', async () => {
    const secret = (value: string): string => named('v1', 'Secret', 'fixed', { immutable: true, stringData: { value } })
    await scene.deploy('cures', { 'a.yaml': secret('one') }, { targetNamespace: undefined, path: './none' })
    const files = (value: string) => ({
      'app/a.yaml': secret(value).replace('"fixed"', `"fixed","namespace":"${scene.namespace}"`),
    })
    await scene.publish(files('one'), { source: 'cures' })
    await scene.patch('cures', { spec: { path: './app' } })
    await scene.untilReady('cures')
    await scene.publish(
      {
        ...files('two'),
        'app/b.yaml': named('nowhere.example.com/v1', 'Thing', 't').replace('"t"', '"t","namespace":"default"'),
        'app/c.yaml': configMap('lost', {}, { namespace: 'no-such-namespace' }),
        'app/d.yaml': configMap('Bad_Name', {}, { namespace: scene.namespace }),
        'app/e.yaml': configMap('unquoted', { port: 8080 as unknown as string }, { namespace: scene.namespace }),
        'app/f.yaml': named('v1', 'Secret', 'plain', { data: { value: 'not base64!' } }).replace(
          '"plain"',
          `"plain","namespace":"${scene.namespace}"`,
        ),
      },
      { source: 'cures' },
    )
    const failed = await scene.untilFailed('cures', 'ReconciliationFailed')
    const lines = (conditionsOf(failed)['Ready']?.[2] ?? '').split('\n').sort()
    expect(lines).toEqual([
      expect.stringMatching(/^ConfigMap\/kustomize-.*\/Bad_Name dry-run failed \(Invalid\): .*metadata\.name/),
      expect.stringMatching(
        /^ConfigMap\/.*\/unquoted dry-run failed: .*\.data\.port: expected string, got \*{5} \(quote the value in its YAML/,
      ),
      'ConfigMap/no-such-namespace/lost not found: namespaces "no-such-namespace" not found (add the Namespace no-such-namespace to the source, or have it made by a Kustomization that this one depends on)',
      expect.stringMatching(
        /^Secret\/.*\/fixed dry-run failed \(Invalid\): .*immutable.* \(to have the object deleted and made anew, set its annotation .*force: enabled, or spec\.force for all\)$/,
      ),
      expect.stringMatching(/^Secret\/.*\/plain dry-run failed: .*illegal base64 data.* \(values of data are base64: /),
      expect.stringMatching(
        /^Thing\/default\/t dry-run failed: .*Thing.* \(apply its CustomResourceDefinition first: /,
      ),
    ])
  })

  it('may be many: the message ends at the 20,000 bytes that Flux gives it, and the event has more', async () => {
    const bad = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`${i}.yaml`, configMap(`Bad_Name_${i}`)]))
    await scene.deploy('many', bad)
    const failed = await scene.untilFailed('many', 'ReconciliationFailed')
    const message = conditionsOf(failed)['Ready']?.[2] ?? ''
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(20_000)
    expect(Buffer.byteLength(message)).toBeGreaterThan(19_900)
    const event = (await scene.untilEvent('many', 'ReconciliationFailed')).find(({ severity }) => severity === 'error')
    expect(event?.message.length).toBeGreaterThan(20_000)
  })
})

it('an inventory that the API server could not keep is refused before anything is written', async () => {
  // names of cluster roles have no bound of their own
  const role = (i: number): string =>
    named('rbac.authorization.k8s.io/v1', 'ClusterRole', `${scene.namespace}-${i}-${'x'.repeat(100_000)}`, {
      rules: [],
    })
  const files = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`${i}.yaml`, role(i)]))
  await scene.deploy('too-large', { ...files, 'a.yaml': configMap('never') })
  const words =
    /^the inventory of 16 objects makes the Kustomization 1\.\d\d MiB large, .*: split spec\.path .*; nothing was applied$/
  const failed = await scene.untilFailed('too-large', 'ReconciliationFailed', words)
  expect(failed.status).not.toHaveProperty('inventory')
  expect(await scene.client.find(scene.object('ConfigMap', 'never'))).toBeUndefined()
})
