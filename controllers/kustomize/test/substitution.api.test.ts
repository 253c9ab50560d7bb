// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

interface ConfigMap extends KubeObject {
  data: Record<string, string>
}

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  const create = (kind: string, name: string, data: Record<string, string>): Promise<KubeObject> =>
    scene.client.create({ apiVersion: 'v1', kind, metadata: { name, namespace: scene.namespace }, data })
  await create('ConfigMap', 'first', { A: 'first', B: 'first', C: 'first\n' })
  await create('Secret', 'second', { B: Buffer.from('second').toString('base64') })
  await create('ConfigMap', 'invalid', { 'not-a-name': 'x' })
})
afterAll(() => scene[Symbol.asyncDispose]())

const text = 'a=${A} b=${B} c=${C:-none} d=${D:=default} literal=$${A} plain=$A'

/** Publishes a ConfigMap with the text and the post-build, and returns its data once Ready. */
async function substitute(
  name: string,
  postBuild: SceneSpec['postBuild'],
  metadata: object = {},
): Promise<Record<string, string>> {
  const revision = await scene.deploy(name, { 'a.yaml': configMap(name, { text }, metadata) }, { postBuild })
  await scene.untilReady(name, revision)
  return (await scene.client.get<ConfigMap>(scene.object('ConfigMap', name))).data
}

const from = (...references: [string, string, boolean?][]) =>
  references.map(([kind, name, optional = false]) => ({ kind: kind as 'ConfigMap' | 'Secret', name, optional }))

describe('postBuild', () => {
  it('takes inline variables, and leaves the text alone without any', async () => {
    const data = await substitute('inline', { substitute: { A: '1', B: '2' } })
    expect(data).toEqual({ text: 'a=1 b=2 c=none d=default literal=${A} plain=$A' })
    expect(await substitute('empty', {})).toEqual({ text })
  })

  it('reads ConfigMaps and Secrets in order, later ones win, inline ones over all', async () => {
    const substituteFrom = from(['ConfigMap', 'first'], ['Secret', 'second'])
    expect(await substitute('ordered', { substituteFrom })).toEqual({
      text: 'a=first b=second c=first d=default literal=${A} plain=$A',
    })
    const reversed = from(['Secret', 'second'], ['ConfigMap', 'first'])
    expect(await substitute('over', { substituteFrom: reversed, substitute: { A: 'own' } })).toEqual({
      text: 'a=own b=first c=first d=default literal=${A} plain=$A',
    })
  })

  it('goes on without an optional reference, and not without one that is required', async () => {
    const substituteFrom = from(['ConfigMap', 'first'], ['Secret', 'absent', true])
    expect((await substitute('optional', { substituteFrom }))['text']).toMatch(/^a=first/)
    await scene.deploy(
      'required',
      { 'a.yaml': configMap('required', { text }) },
      { retryInterval: '1s', postBuild: { substituteFrom: from(['Secret', 'late']) } },
    )
    await scene.untilFailed('required', 'BuildFailed', /substitute from 'Secret\/late' error: .*"late" not found/)
    const data = { A: Buffer.from('came').toString('base64'), B: '' }
    await scene.client.create({
      ...scene.object('Secret', 'late'),
      metadata: { name: 'late', namespace: scene.namespace },
      data,
    })
    await scene.untilReady('required')
    expect((await scene.client.get<ConfigMap>(scene.object('ConfigMap', 'required'))).data['text']).toMatch(
      /^a=came b= /,
    )
  })

  it('leaves objects alone that opt out by annotation or label', async () => {
    const optOut = { 'kustomize.toolkit.fluxcd.io/substitute': 'disabled' }
    const variables = { substitute: { A: '1', B: '2' } }
    expect(await substitute('annotated', variables, { annotations: optOut })).toEqual({ text })
    expect(await substitute('labelled', variables, { labels: optOut })).toEqual({ text })
  })

  it('refuses a variable without a value, naming object and variable', async () => {
    await scene.deploy('strict', { 'a.yaml': configMap('strict', { text }) }, { postBuild: { substitute: { A: '1' } } })
    const words = /^post build failed for 'ConfigMap\.v1\.\[noGrp\]\/strict': .*variable not set.*B/
    const failed = await scene.untilFailed('strict', 'BuildFailed', words)
    expect(failed.status).not.toHaveProperty('inventory')
    expect(await scene.client.find(scene.object('ConfigMap', 'strict'))).toBeUndefined()
  })

  it('refuses a variable whose name is none', async () => {
    await scene.deploy(
      'invalid-key',
      { 'a.yaml': configMap('invalid-key', { text }) },
      { postBuild: { substituteFrom: from(['ConfigMap', 'invalid']) } },
    )
    const failed = await scene.untilFailed(
      'invalid-key',
      'BuildFailed',
      /'not-a-name' .*rename this key of .*substituteFrom/,
    )
    expect(failed.status).not.toHaveProperty('inventory')
  })

  it('substitutes without any variable where that is asked for', async () => {
    await scene.deploy(
      'always',
      { 'a.yaml': configMap('always', { text: '${X:-default}' }) },
      { postBuild: { substituteStrategy: 'Always' } },
    )
    await scene.untilReady('always')
    expect((await scene.client.get<ConfigMap>(scene.object('ConfigMap', 'always'))).data).toEqual({ text: 'default' })
  })
})
