// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { KubeObject } from '@tidelock/api'
import { configMap, Scene } from './harness.ts'
import type { SceneOptions } from './harness.ts'

interface Config extends KubeObject {
  data: Record<string, string>
}

type References = { kind: 'ConfigMap' | 'Secret'; name: string; optional?: boolean }[]

const watched = { 'reconcile.fluxcd.io/watch': 'Enabled' }
const encode = (value: string): string => Buffer.from(value).toString('base64')

function create(scene: Scene, kind: string, name: string, value: string, labels = {}): Promise<KubeObject> {
  const metadata = { name, namespace: scene.namespace, labels }
  const data = { VALUE: kind === 'Secret' ? encode(value) : value }
  return scene.client.create({ apiVersion: 'v1', kind, metadata, data })
}

function change(scene: Scene, kind: string, name: string, value: string): Promise<KubeObject> {
  const data = { VALUE: kind === 'Secret' ? encode(value) : value }
  return scene.client.patch(scene.object(kind, name), { type: 'merge', body: { data } })
}

/** A Kustomization of a ConfigMap of its own name that shows the value. */
async function deploy(scene: Scene, name: string, substituteFrom: References): Promise<void> {
  const files = { 'a.yaml': configMap(name, { value: '${VALUE:=none}' }) }
  const revision = await scene.deploy(name, files, {
    postBuild: { substituteFrom, substituteStrategy: 'Always' },
  })
  await scene.untilReady(name, revision)
}

async function valueOf(scene: Scene, name: string, wanted: string): Promise<string | undefined> {
  const isWanted = ({ data }: Config): boolean => data['value'] === wanted
  return (await scene.untilLive<Config>(scene.object('ConfigMap', name), isWanted)).data['value']
}

async function runs(scene: Scene, name: string): Promise<number> {
  const { status } = await scene.get(name)
  return (status?.history ?? []).reduce((sum, { totalReconciliations }) => sum + totalReconciliations, 0)
}

/** How many runs a change starts until another Kustomization has handled what came later. */
async function runsBy(scene: Scene, name: string, cause: () => Promise<unknown>): Promise<number> {
  const before = await runs(scene, name)
  await cause()
  await scene.reconcile('beside')
  return (await runs(scene, name)) - before
}

async function open(options: SceneOptions = {}): Promise<Scene> {
  const scene = await Scene.open(options)
  await deploy(scene, 'beside', [])
  return scene
}

describe('a ConfigMap or Secret of substituteFrom', () => {
  it('that is labelled starts a run at once when it changes, is deleted, comes back or gets the label', async () => {
    await using scene = await open()
    await create(scene, 'ConfigMap', 'settings', 'one', watched)
    await create(scene, 'Secret', 'token', 'one', watched)
    await deploy(scene, 'from-map', [{ kind: 'ConfigMap', name: 'settings', optional: true }])
    await deploy(scene, 'from-secret', [{ kind: 'Secret', name: 'token' }])
    expect(await valueOf(scene, 'from-map', 'one')).toBe('one')
    await change(scene, 'ConfigMap', 'settings', 'two')
    expect(await valueOf(scene, 'from-map', 'two')).toBe('two')
    await change(scene, 'Secret', 'token', 'two')
    expect(await valueOf(scene, 'from-secret', 'two')).toBe('two')
    await scene.client.delete(scene.object('ConfigMap', 'settings'))
    expect(await valueOf(scene, 'from-map', 'none')).toBe('none')
    await create(scene, 'ConfigMap', 'settings', 'three')
    await scene.reconcile('beside')
    expect(await valueOf(scene, 'from-map', 'none')).toBe('none')
    await scene.client.patch(scene.object('ConfigMap', 'settings'), {
      type: 'merge',
      body: { metadata: { labels: watched } },
    })
    expect(await valueOf(scene, 'from-map', 'three')).toBe('three')
  })

  it('starts none without the label, of another name or kind', async () => {
    await using scene = await open()
    await create(scene, 'ConfigMap', 'plain', 'one')
    await create(scene, 'Secret', 'plain', 'one', watched)
    await create(scene, 'ConfigMap', 'other', 'one', watched)
    await deploy(scene, 'quiet', [{ kind: 'ConfigMap', name: 'plain' }])
    const runs = await runsBy(scene, 'quiet', async () => {
      await change(scene, 'ConfigMap', 'plain', 'two')
      await change(scene, 'Secret', 'plain', 'two')
      await change(scene, 'ConfigMap', 'other', 'two')
    })
    expect(runs).toBe(0)
    await scene.reconcile('quiet')
    expect(await valueOf(scene, 'quiet', 'two')).toBe('two')
  })

  it('runs those that depend on each other in their order', async () => {
    await using scene = await open()
    await create(scene, 'ConfigMap', 'both', 'one', watched)
    const references: References = [{ kind: 'ConfigMap', name: 'both' }]
    const files = { 'a.yaml': configMap('a-last', { value: '${VALUE}' }) }
    await scene.deploy('a-last', files, { postBuild: { substituteFrom: references }, dependsOn: [{ name: 'b-first' }] })
    await deploy(scene, 'b-first', references)
    await scene.untilReady('a-last')
    await change(scene, 'ConfigMap', 'both', 'two')
    expect(await valueOf(scene, 'a-last', 'two')).toBe('two')
    expect(await valueOf(scene, 'b-first', 'two')).toBe('two')
  })
})

describe('which ones count', () => {
  it('says --watch-configs-label-selector, which may exclude', async () => {
    await using scene = await open({ flags: ['--watch-configs-label-selector=owner!=helm'] })
    await create(scene, 'ConfigMap', 'free', 'one')
    await create(scene, 'ConfigMap', 'helms', 'one', { owner: 'helm' })
    await deploy(scene, 'free-user', [{ kind: 'ConfigMap', name: 'free' }])
    await deploy(scene, 'helm-user', [{ kind: 'ConfigMap', name: 'helms' }])
    expect(await runsBy(scene, 'helm-user', () => change(scene, 'ConfigMap', 'helms', 'two'))).toBe(0)
    await change(scene, 'ConfigMap', 'free', 'two')
    expect(await valueOf(scene, 'free-user', 'two')).toBe('two')
  })

  it('are all, with an empty one', async () => {
    await using scene = await open({ flags: ['--watch-configs-label-selector='] })
    await create(scene, 'ConfigMap', 'any', 'one')
    await deploy(scene, 'any-user', [{ kind: 'ConfigMap', name: 'any' }])
    await change(scene, 'ConfigMap', 'any', 'two')
    expect(await valueOf(scene, 'any-user', 'two')).toBe('two')
  })

  it('are none with the gate DisableConfigWatchers', async () => {
    await using scene = await open({ flags: ['--feature-gates=DisableConfigWatchers=true'] })
    await create(scene, 'ConfigMap', 'ignored', 'one', watched)
    await deploy(scene, 'blind', [{ kind: 'ConfigMap', name: 'ignored' }])
    expect(await runsBy(scene, 'blind', () => change(scene, 'ConfigMap', 'ignored', 'two'))).toBe(0)
  })
})

it('with the gate CacheSecretsAndConfigMaps values come from the cache, and changes count as before', async () => {
  await using scene = await open({ flags: ['--feature-gates=CacheSecretsAndConfigMaps=true'] })
  await create(scene, 'ConfigMap', 'cached', 'one', watched)
  await create(scene, 'Secret', 'unlabelled', 'one')
  const references: References = [
    { kind: 'Secret', name: 'unlabelled' },
    { kind: 'ConfigMap', name: 'cached' },
    { kind: 'ConfigMap', name: 'absent', optional: true },
  ]
  await deploy(scene, 'from-cache', references)
  expect(await valueOf(scene, 'from-cache', 'one')).toBe('one')
  for (const value of ['two', 'three', 'four']) {
    await change(scene, 'ConfigMap', 'cached', value)
    expect(await valueOf(scene, 'from-cache', value)).toBe(value)
  }
})
