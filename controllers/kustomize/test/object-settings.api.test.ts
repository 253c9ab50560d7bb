// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, manifest, Scene } from './harness.ts'

interface Config extends KubeObject {
  data?: Record<string, string>
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const group = 'kustomize.toolkit.fluxcd.io'
const annotated = (key: string, value: string) => ({ annotations: { [`${group}/${key}`]: value } })
const labelled = (key: string, value: string) => ({ labels: { [`${group}/${key}`]: value } })

async function dataOf(name: string): Promise<Record<string, string> | undefined> {
  return (await scene.client.get<Config>(scene.object('ConfigMap', name))).data
}

/** Sets metadata on the live object, as a controller that nobody takes over from. */
function mark(kind: string, name: string, metadata: object): Promise<KubeObject> {
  return scene.client.patch(scene.object(kind, name), { type: 'merge', body: { metadata }, fieldManager: 'marker' })
}

/** Deploys ConfigMaps at `one`, lets something be done to them, and then brings them to `two`. */
async function update(
  name: string,
  objects: Readonly<Record<string, object>>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  const files = (at: string) =>
    Object.fromEntries(Object.entries(objects).map(([of, metadata]) => [`${of}.yaml`, configMap(of, { at }, metadata)]))
  await scene.untilReady(name, await scene.deploy(name, files('one')))
  await between()
  await scene.untilReady(name, await scene.publish(files('two'), { source: name }))
}

describe('reconcile: disabled', () => {
  it('on the source keeps an object from being made, on the live one from being changed and pruned, in any letter case', async () => {
    await update(
      'reconcile',
      { 'r-source': annotated('reconcile', 'Disabled'), 'r-live': {}, 'r-label': {}, 'r-not': {} },
      async () => {
        await mark('ConfigMap', 'r-live', annotated('reconcile', 'disabled'))
        await mark('ConfigMap', 'r-label', labelled('reconcile', 'DISABLED'))
        await mark('ConfigMap', 'r-not', annotated('reconcile', 'enabled'))
      },
    )
    expect(await scene.client.find(scene.object('ConfigMap', 'r-source'))).toBeUndefined()
    expect([await dataOf('r-live'), await dataOf('r-label'), await dataOf('r-not')]).toEqual([
      { at: 'one' },
      { at: 'one' },
      { at: 'two' },
    ])
    expect((await scene.get('reconcile')).status?.inventory?.entries).toHaveLength(4)
    await scene.untilReady('reconcile', await scene.publish({ 'x.yaml': configMap('r-x') }, { source: 'reconcile' }))
    const left = ['r-live', 'r-label', 'r-not'].map((name) => scene.client.find(scene.object('ConfigMap', name)))
    expect((await Promise.all(left)).map((object) => object !== undefined)).toEqual([true, true, false])
  })
})

describe('ssa', () => {
  it('Ignore counts on the live object, IfNotPresent on the source alone', async () => {
    await update(
      'ssa',
      { 's-ignore': {}, 's-once': {}, 's-once-source': labelled('ssa', 'ifnotpresent') },
      async () => {
        await mark('ConfigMap', 's-ignore', annotated('ssa', 'ignore'))
        await mark('ConfigMap', 's-once', annotated('ssa', 'IfNotPresent'))
      },
    )
    expect([await dataOf('s-ignore'), await dataOf('s-once'), await dataOf('s-once-source')]).toEqual([
      { at: 'one' },
      { at: 'two' },
      { at: 'one' },
    ])
  })

  it('Merge counts on the live object, and Override is as if nothing were said', async () => {
    await update('merge', { 'm-live': {}, 'm-override': annotated('ssa', 'Override') }, async () => {
      await mark('ConfigMap', 'm-live', annotated('ssa', 'Merge'))
      for (const name of ['m-live', 'm-override'])
        await scene.client.patch(scene.object('ConfigMap', name), {
          ...{ type: 'merge', body: { data: { added: 'by hand' } } },
          fieldManager: 'kubectl-edit',
        })
    })
    expect([await dataOf('m-live'), await dataOf('m-override')]).toEqual([
      { at: 'two', added: 'by hand' },
      { at: 'two' },
    ])
  })
})

it('force: enabled makes an object anew, from the source and from the live object', async () => {
  const secret = (name: string, value: string, metadata: object = {}): string =>
    manifest({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, ...metadata },
      immutable: true,
      stringData: { value },
    })
  const forced = annotated('force', 'Enabled')
  const files = (value: string) => ({ 'a.yaml': secret('f-source', value, forced), 'b.yaml': secret('f-live', value) })
  await scene.untilReady('forced', await scene.deploy('forced', files('one')))
  const names = ['f-source', 'f-live']
  const read = () => Promise.all(names.map((name) => scene.client.get<Config>(scene.object('Secret', name))))
  const before = await read()
  await mark('Secret', 'f-live', forced)
  await scene.untilReady('forced', await scene.publish(files('two'), { source: 'forced' }))
  const after = await read()
  expect(after.map(({ data }) => data)).toEqual(names.map(() => ({ value: Buffer.from('two').toString('base64') })))
  for (const [index, { metadata }] of after.entries()) expect(metadata.uid).not.toBe(before[index]?.metadata.uid)
})

it('prune: disabled counts on the live object, as a label too', async () => {
  const files = { 'a.yaml': configMap('p-live'), 'b.yaml': configMap('p-label'), 'c.yaml': configMap('p-gone') }
  await scene.untilReady('pruned', await scene.deploy('pruned', files))
  await mark('ConfigMap', 'p-live', annotated('prune', 'disabled'))
  await mark('ConfigMap', 'p-label', labelled('prune', 'Disabled'))
  await scene.untilReady('pruned', await scene.publish({ 'd.yaml': configMap('p-new') }, { source: 'pruned' }))
  const left = ['p-live', 'p-label', 'p-gone'].map((name) => scene.client.find(scene.object('ConfigMap', name)))
  expect((await Promise.all(left)).map((object) => object !== undefined)).toEqual([true, true, false])
})
