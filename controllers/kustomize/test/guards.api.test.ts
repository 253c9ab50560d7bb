// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { conditionsOf, configMap, manifest, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
})
afterAll(() => scene[Symbol.asyncDispose]())

const group = 'kustomize.tidelock.dev'
const retry = { retryInterval: '1s' }

/** ConfigMaps `<name>-0` and so on as files. */
function maps(name: string, count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, n) => [`${n}.yaml`, configMap(`${name}-${n}`)]))
}

async function deploy(
  name: string,
  files: Record<string, string>,
  annotations: Record<string, string>,
  spec: SceneSpec = {},
): Promise<void> {
  const revision = await scene.publish(files, { source: name })
  await scene.create(name, { ...retry, ...spec, sourceRef: { kind: 'GitRepository', name } }, annotations)
  await scene.untilReady(name, revision)
}

const exists = async (kind: string, name: string): Promise<boolean> =>
  (await scene.client.find(scene.object(kind, name))) !== undefined
const message = async (name: string): Promise<string> => conditionsOf(await scene.get(name))['Ready']?.[2] ?? ''

describe('a prune budget', () => {
  it('stops before anything is deleted, says what would go, and goes on when this very deletion is agreed to', async () => {
    await deploy('budget', maps('budget', 10), { [`${group}/prune-budget`]: '20%' })
    const revision = await scene.publish(maps('budget', 6), { source: 'budget' })
    const stopped = await scene.untilFailed('budget', 'PruneBudgetExceeded', /^4 of 10 objects would be deleted/)
    expect(stopped.status?.inventory?.entries).toHaveLength(10)
    expect(stopped.status?.lastAppliedRevision).not.toBe(revision)
    for (const n of [6, 7, 8, 9]) expect(await exists('ConfigMap', `budget-${n}`)).toBe(true)
    const asked = await message('budget')
    for (const n of [6, 7, 8, 9]) expect(asked).toContain(`ConfigMap/${scene.namespace}/budget-${n}`)

    // consent to one deletion is no consent to a larger one
    const [, digest = ''] = /confirm-prune=(\S+)$/.exec(asked) ?? []
    await scene.publish(maps('budget', 5), { source: 'budget' })
    await scene.untilFailed('budget', 'PruneBudgetExceeded', /^5 of 10/)
    await scene.patch('budget', { metadata: { annotations: { [`${group}/confirm-prune`]: digest } } })
    await scene.reconcile('budget')
    await scene.untilFailed('budget', 'PruneBudgetExceeded', /^5 of 10/)
    expect(await exists('ConfigMap', 'budget-9')).toBe(true)

    const [, agreed = ''] = /confirm-prune=(\S+)$/.exec(await message('budget')) ?? []
    await scene.patch('budget', { metadata: { annotations: { [`${group}/confirm-prune`]: agreed } } })
    const done = await scene.untilReady('budget')
    expect(done.status?.inventory?.entries).toHaveLength(5)
    expect(await exists('ConfigMap', 'budget-9')).toBe(false)
    expect(await exists('ConfigMap', 'budget-4')).toBe(true)
  })

  it('asks once, however often it is tried', async () => {
    await deploy('asks', maps('asks', 3), { [`${group}/prune-budget`]: '1' })
    await scene.publish(maps('asks', 1), { source: 'asks' })
    await scene.untilFailed('asks', 'PruneBudgetExceeded')
    await scene.reconcile('asks')
    await scene.reconcile('asks')
    const asked = scene.receiver.of('asks').filter(({ reason }) => reason === 'PruneBudgetExceeded')
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ severity: 'error' })
  })

  it('does not count what moved to another Kustomization, or is gone', async () => {
    await deploy('mover', maps('moved', 4), { [`${group}/prune-budget`]: '0' })
    await deploy('taker', maps('moved', 3), {})
    await scene.client.patch(scene.ref('mover'), { type: 'merge', body: { spec: { suspend: true } } })
    await scene.client.delete(scene.object('ConfigMap', 'moved-3'))
    const revision = await scene.publish({ 'other.yaml': configMap('other') }, { source: 'mover' })
    await scene.client.patch(scene.ref('mover'), { type: 'merge', body: { spec: { suspend: false } } })
    await scene.untilReady('mover', revision)
    expect(await exists('ConfigMap', 'moved-0')).toBe(true)
  })

  it('can be agreed to by revision', async () => {
    await deploy('byrevision', maps('byrevision', 3), { [`${group}/prune-budget`]: '1' })
    const revision = await scene.publish(maps('byrevision', 1), { source: 'byrevision' })
    await scene.untilFailed('byrevision', 'PruneBudgetExceeded')
    await scene.patch('byrevision', { metadata: { annotations: { [`${group}/confirm-prune`]: revision } } })
    await scene.untilReady('byrevision', revision)
    expect(await exists('ConfigMap', 'byrevision-2')).toBe(false)
  })
})

it('a source that went empty deletes nothing until somebody agrees', async () => {
  await deploy('emptied', maps('emptied', 2), { [`${group}/empty-source`]: 'refuse' })
  const revision = await scene.publish({ 'notes.txt': 'nothing here' }, { source: 'emptied' })
  await scene.untilFailed('emptied', 'SourceEmpty', /builds to nothing, and 2 objects would be deleted/)
  expect(await exists('ConfigMap', 'emptied-1')).toBe(true)
  await scene.patch('emptied', { metadata: { annotations: { [`${group}/empty-source`]: 'prune' } } })
  await scene.untilReady('emptied', revision)
  expect(await exists('ConfigMap', 'emptied-1')).toBe(false)
})

it('protected kinds outlive their source and their Kustomization', async () => {
  const secret = (name: string): string => manifest({ apiVersion: 'v1', kind: 'Secret', metadata: { name } })
  const kinds = { [`${group}/protected-kinds`]: 'Secret, PersistentVolumeClaim' }
  const all = { 'a.yaml': configMap('a'), 'b.yaml': configMap('b'), 'k.yaml': secret('k'), 'l.yaml': secret('l') }
  await deploy('protected', all, kinds)
  const revision = await scene.publish({ 'a.yaml': configMap('a'), 'k.yaml': secret('k') }, { source: 'protected' })
  await scene.untilReady('protected', revision)
  expect([await exists('ConfigMap', 'b'), await exists('Secret', 'l')]).toEqual([false, true])
  await scene.untilEvent('protected', 'Progressing', new RegExp(`Secret/${scene.namespace}/l skipped`))
  await scene.delete('protected')
  await scene.untilGone(scene.ref('protected'))
  expect([await exists('ConfigMap', 'a'), await exists('Secret', 'k')]).toEqual([false, true])
})

it('an annotation that cannot be read stalls the Kustomization and names what it may say, until it is mended', async () => {
  await deploy('typo', maps('typo', 2), {})
  await scene.patch('typo', { metadata: { annotations: { [`${group}/prune-budget`]: 'few' } } })
  const stalled = await scene.untilFailed('typo', 'AnnotationInvalid', /'few' is not a count such as 5/)
  expect(conditionsOf(stalled)['Stalled']?.[0]).toBe('True')
  await scene.patch('typo', { metadata: { annotations: { [`${group}/prune-budget`]: '5' } } })
  await scene.untilReady('typo')
})

it('flags hold where there is no annotation', async () => {
  await using flagged = await Scene.open({
    flags: ['--prune-budget=1', '--protected-kinds=Secret', '--refuse-empty-source'],
  })
  const revision = await flagged.deploy('app', maps('app', 3), retry)
  await flagged.untilReady('app', revision)
  await flagged.publish(maps('app', 1), { source: 'app' })
  await flagged.untilFailed('app', 'PruneBudgetExceeded')
  await flagged.patch('app', { metadata: { annotations: { [`${group}/prune-budget`]: 'none' } } })
  await flagged.untilReady('app')
  await flagged.publish({ 'notes.txt': '' }, { source: 'app' })
  const stopped = await flagged.untilFailed('app', 'SourceEmpty')
  expect(stopped.status?.inventory?.entries).toHaveLength(1)
})
