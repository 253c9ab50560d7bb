// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { conditionsOf, configMap, deployment, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--feature-gates=CancelHealthCheckOnNewRevision=true'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

const isWaiting =
  (revision: string) =>
  (obj: Kustomization): boolean =>
    obj.status?.lastAttemptedRevision === revision && conditionsOf(obj)['Healthy']?.[0] === 'Unknown'

/** A Kustomization that waits for a Deployment which does not become ready. */
async function stuck(name: string, spec = {}): Promise<string> {
  const revision = await scene.deploy(name, { 'a.yaml': deployment(name, 'Unready') }, { wait: true, ...spec })
  await scene.until(name, isWaiting(revision))
  return revision
}

describe('with the gate CancelHealthCheckOnNewRevision a wait is ended', () => {
  it('by a new revision, even one that changes nothing for it, which is told', async () => {
    const first = await stuck('revised')
    const files = { 'a.yaml': deployment('revised', 'Unready'), 'docs/b.txt': 'news' }
    const second = await scene.publish(files, { source: 'revised' })
    const trigger = `GitRepository/${scene.namespace}/revised`
    const words = new RegExp(`^Health checks canceled due to new reconciliation triggered by ${trigger}$`)
    const events = await scene.untilEvent('revised', 'HealthCheckCanceled', words)
    expect(events.find(({ reason }) => reason === 'HealthCheckCanceled')).toMatchObject({
      severity: 'info',
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': first },
    })
    await scene.until('revised', isWaiting(second))
    const fixed = await scene.publish({ 'a.yaml': deployment('revised') }, { source: 'revised' })
    await scene.untilReady('revised', fixed)
  })

  it('by a change of the spec and by a request, which is handled by the run that follows', async () => {
    await stuck('asked')
    await scene.patch('asked', { spec: { timeout: '10m' } })
    await scene.untilEvent('asked', 'HealthCheckCanceled', /triggered by Kustomization\/.*\/asked$/)
    await scene.until('asked', (obj) => conditionsOf(obj)['Healthy']?.[2].endsWith('10m0s') === true)
    await scene.request('asked', 'now')
    await scene.publish({ 'a.yaml': deployment('asked') }, { source: 'asked' })
    const obj = await scene.untilReady('asked')
    expect(obj.status?.lastHandledReconcileAt).toBe('now')
  })

  it('not by a dependency that runs meanwhile', async () => {
    await scene.deploy('base', { 'a.yaml': configMap('base') })
    await scene.untilReady('base')
    await stuck('above', { dependsOn: [{ name: 'base' }] })
    await scene.publish({ 'a.yaml': configMap('base', { at: 'two' }) }, { source: 'base' })
    await scene.untilLive(scene.object('ConfigMap', 'base'), (live) => JSON.stringify(live).includes('"at":"two"'))
    await scene.untilReady('base')
    await scene.reconcile('base')
    expect(scene.receiver.of('above').filter(({ reason }) => reason === 'HealthCheckCanceled')).toEqual([])
    expect(conditionsOf(await scene.get('above'))['Healthy']?.[0]).toBe('Unknown')
  })
})
