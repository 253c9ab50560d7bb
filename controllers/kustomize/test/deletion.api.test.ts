// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { conditionsOf, configMap, Scene } from './harness.ts'
import type { SceneSpec } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  // a wait takes half a minute at least: the last test looks at its end
  const metadata = { finalizers: ['example.com/hold'] }
  const spec = { deletionPolicy: 'WaitForTermination', timeout: '30s' } as const
  const revision = await scene.deploy('overdue', { 'a.yaml': configMap('overdue', {}, metadata) }, spec)
  await scene.untilReady('overdue', revision)
  await scene.delete('overdue')
})
afterAll(() => scene[Symbol.asyncDispose]())

/** Deploys a ConfigMap of that name, deletes the Kustomization and says whether the ConfigMap is there when that is gone. */
async function isLeft(name: string, spec: SceneSpec, before?: () => Promise<unknown>): Promise<boolean> {
  const revision = await scene.deploy(name, { 'a.yaml': configMap(name) }, spec)
  await scene.untilReady(name, revision)
  await before?.()
  await scene.delete(name)
  await scene.untilGone(scene.ref(name))
  const left = await scene.client.find(scene.object('ConfigMap', name))
  return left !== undefined && left.metadata.deletionTimestamp === undefined
}

describe('deleting a Kustomization', () => {
  it.each([
    ['mirror-prune', { prune: true }, false],
    ['mirror-keep', { prune: false }, true],
    ['mirror', { prune: true, deletionPolicy: 'MirrorPrune' }, false],
    ['delete', { prune: false, deletionPolicy: 'Delete' }, false],
    ['terminate', { prune: false, deletionPolicy: 'WaitForTermination' }, false],
    ['orphan', { prune: true, deletionPolicy: 'Orphan' }, true],
  ] as const)('follows the policy: %s', async (name, spec, left) => {
    expect(await isLeft(name, spec)).toBe(left)
  })

  it('leaves the objects of a suspended one', async () => {
    expect(await isLeft('suspended', {}, () => scene.patch('suspended', { spec: { suspend: true } }))).toBe(true)
  })

  it('needs no source', async () => {
    expect(await isLeft('sourceless', {}, () => scene.client.delete(scene.sourceRef('sourceless')))).toBe(false)
  })

  it('needs no run that succeeded', async () => {
    await scene.create('never-ran', { sourceRef: { kind: 'GitRepository', name: 'nowhere' } })
    await scene.untilFailed('never-ran', 'ArtifactFailed')
    await scene.delete('never-ran')
    await expect(scene.untilGone(scene.ref('never-ran'))).resolves.toBeUndefined()
  })

  it('tells what it deleted, at the revision that was applied', async () => {
    const revision = await scene.deploy('told', { 'a.yaml': configMap('told-a'), 'b.yaml': configMap('told-b') })
    await scene.untilReady('told', revision)
    await scene.delete('told')
    await scene.untilGone(scene.ref('told'))
    const events = await scene.untilEvent('told', 'ReconciliationSucceeded', /deleted/)
    expect(events.at(-1)).toMatchObject({
      severity: 'info',
      message: `ConfigMap/${scene.namespace}/told-b deleted\nConfigMap/${scene.namespace}/told-a deleted`,
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': revision },
    })
  })

  it('waits for objects to terminate where the policy says so, tells once, and ends when they are gone', async () => {
    const held = { finalizers: ['example.com/hold'] }
    const revision = await scene.deploy(
      'held',
      { 'a.yaml': configMap('held', {}, held) },
      { deletionPolicy: 'WaitForTermination' },
    )
    await scene.untilReady('held', revision)
    await scene.delete('held')
    const obj = await scene.until('held', (each) => conditionsOf(each)['Ready']?.[0] === 'Unknown')
    expect(obj.metadata.finalizers).toEqual(['finalizers.fluxcd.io'])
    const release = { type: 'json', body: [{ op: 'remove', path: '/metadata/finalizers' }] } as const
    await scene.client.patch(scene.object('ConfigMap', 'held'), release)
    await scene.untilGone(scene.ref('held'))
    await scene.untilEvent('held', '', /deleted/)
    const told = scene.receiver.of('held').filter(({ message }) => message.includes('deleted'))
    expect(told).toHaveLength(1)
  })

  it('does not delete where it cannot reach: the finalizer stays until the objects are given up', async () => {
    const revision = await scene.deploy('remote', { 'a.yaml': configMap('remote') })
    await scene.untilReady('remote', revision)
    await scene.patch('remote', { spec: { kubeConfig: { secretRef: { name: 'other-cluster' } } } })
    await scene.untilFailed('remote', 'ReconciliationFailed', /other-cluster does not exist/)
    await scene.delete('remote')
    await scene.untilFailed('remote', 'PruneFailed', /other-cluster does not exist\n.*spec\.deletionPolicy to Orphan/)
    const events = await scene.untilEvent('remote', 'PruneFailed', /^pruning for deleted resource failed$/)
    expect(events.find(({ reason }) => reason === 'PruneFailed')).toMatchObject({
      severity: 'error',
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': revision },
    })
    await scene.patch('remote', { spec: { deletionPolicy: 'Orphan' } })
    await scene.untilGone(scene.ref('remote'))
    expect(await scene.client.find(scene.object('ConfigMap', 'remote'))).toBeDefined()
  })

  it('gives up to wait for their end after the timeout', async () => {
    await scene.untilGone(scene.ref('overdue'), 120_000)
    const events = await scene.untilEvent('overdue', 'Progressing', /failed to wait for resources termination/)
    expect(events.at(-1)?.severity).toBe('error')
    const left = await scene.client.get(scene.object('ConfigMap', 'overdue'))
    expect(left.metadata.deletionTimestamp).toBeDefined()
  })
})
