// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import { conditionsOf, configMap, deployment, Scene } from './harness.ts'

// a requeue beyond the patience of every wait: what goes on in time was woken, not retried
let scene: Scene
let additive: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--requeue-dependency=10m'] })
  additive = await Scene.open({
    flags: ['--requeue-dependency=10m', '--feature-gates=AdditiveCELDependencyCheck=true'],
  })
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await additive[Symbol.asyncDispose]()
})

const label = (value: string): object => ({ metadata: { labels: { 'app/version': value } } })
const sameVersion = "dep.metadata.labels['app/version'] == self.metadata.labels['app/version']"
const terminal = 'Reconciliation failed terminally due to configuration error'

/** A Kustomization that never becomes ready, for its Deployment does not. */
async function deployStuck(on: Scene, name: string): Promise<void> {
  await on.deploy(name, { 'a.yaml': deployment(name, 'Unready') }, { wait: true })
  await on.until(name, (obj) => getCondition(obj, 'Ready')?.status === 'Unknown')
}

describe('spec.dependsOn[].readyExpr', () => {
  it('takes the place of readiness, sees both objects, and lets go on at once when any field comes to be as it asks', async () => {
    await deployStuck(scene, 'backend')
    await scene.patch('backend', label('v1'))
    const dependsOn = [{ name: 'backend', readyExpr: sameVersion }]
    const sourceRef = { kind: 'GitRepository', name: 'frontend' } as const
    const revision = await scene.publish({ 'a.yaml': configMap('frontend') }, { source: 'frontend' })
    await scene.create('frontend', { sourceRef, dependsOn, suspend: true })
    await scene.patch('frontend', { ...label('v2'), spec: { suspend: false } })
    const waiting = await scene.untilFailed('frontend', 'DependencyNotReady')
    expect(conditionsOf(waiting)['Ready']?.[2]).toBe(
      `dependency '${scene.namespace}/backend' is not ready according to readyExpr eval`,
    )
    await scene.untilEvent(
      'frontend',
      'DependencyNotReady',
      /^Dependencies do not meet ready condition, retrying in 10m0s$/,
    )
    await scene.patch('backend', label('v2'))
    await scene.untilReady('frontend', revision)
    expect(getCondition(await scene.get('backend'), 'Ready')?.status).toBe('Unknown')
  })

  it('waits for what the status of a dependency says', async () => {
    const readyExpr = `dep.status.?lastAppliedRevision.orValue('').startsWith('main@')
      && dep.status.conditions.filter(e, e.type == 'Ready').all(e, e.status == 'True')`
    const revision = await scene.deploy(
      'web',
      { 'a.yaml': configMap('web') },
      { dependsOn: [{ name: 'db', readyExpr }] },
    )
    await scene.untilFailed('web', 'DependencyNotReady', /not found/)
    await scene.deploy('db', { 'a.yaml': deployment('db', 'Unready') }, { wait: true })
    await scene.reconcileNow('web')
    await scene.untilFailed('web', 'DependencyNotReady', /readyExpr eval$/)
    expect(await scene.client.find(scene.object('ConfigMap', 'web'))).toBeUndefined()
    await scene.publish({ 'a.yaml': deployment('db') }, { source: 'db', revision: 'main@sha1:2' })
    await scene.untilReady('web', revision)
  })

  it('is a wait when it cannot be evaluated', async () => {
    await deployStuck(scene, 'plain')
    const readyExpr = "dep.metadata.annotations['ready'] == 'yes'"
    const revision = await scene.deploy(
      'needs',
      { 'a.yaml': configMap('needs') },
      { dependsOn: [{ name: 'plain', readyExpr }] },
    )
    const waiting = await scene.untilFailed('needs', 'DependencyNotReady')
    expect(conditionsOf(waiting)['Ready']?.[2]).toBe(
      `failed to evaluate the CEL expression '${readyExpr}': no such key: annotations`,
    )
    await scene.patch('plain', { metadata: { annotations: { ready: 'yes' } } })
    await scene.untilReady('needs', revision)
  })

  it.each([
    ['is no CEL', 'self.metadata.name ==', /1:22: Syntax error/],
    ['names what is not there', 'dependency.ready', /1:1: undeclared reference to 'dependency'/],
    ['is no condition', 'dep.status.ready', /CEL expression output type mismatch: expected bool, got dyn$/],
    ['nests without end', `${'('.repeat(2000)}true${')'.repeat(2000)}`, /expression recursion limit exceeded/],
  ])('that %s stalls the object until it is another', async (what, readyExpr, words) => {
    const name = what.replaceAll(' ', '-').toLowerCase()
    await scene.create(`${name}-dep`, { suspend: true })
    const revision = await scene.deploy(
      name,
      { 'a.yaml': configMap(name) },
      { dependsOn: [{ name: `${name}-dep`, readyExpr }] },
    )
    const stalled = await scene.untilFailed(name, 'InvalidCELExpression', words)
    const message = expect.stringContaining(`${terminal}: failed to evaluate dependency ${name}-dep: `)
    expect(conditionsOf(stalled)).toEqual({
      Ready: ['False', 'InvalidCELExpression', message],
      Stalled: ['True', 'InvalidCELExpression', message],
    })
    expect(stalled.status?.observedGeneration).toBe(stalled.metadata.generation)
    const event = (await scene.untilEvent(name, 'InvalidCELExpression', words)).at(-1)
    expect(event).toMatchObject({
      severity: 'error',
      metadata: { 'kustomize.toolkit.fluxcd.io/revision': revision },
    })
    await scene.patch(name, { spec: { dependsOn: [{ name: `${name}-dep`, readyExpr: 'dep.spec.suspend == true' }] } })
    await scene.untilReady(name, revision)
  })

  it('that never ends is cut, and holds nobody else up', async () => {
    const list = Array.from({ length: 60 }, (_, i) => i).join(',')
    const range = `[${list}].all`
    const readyExpr = `${range}(a, ${range}(b, ${range}(c, ${range}(d, ${range}(e, a + b + c + d + e >= 0)))))`
    await scene.create('endless-dep', { suspend: true })
    for (const name of ['endless-1', 'endless-2', 'endless-3']) {
      await scene.create(name, { dependsOn: [{ name: 'endless-dep', readyExpr }] })
    }
    const revision = await scene.publish({ 'a.yaml': configMap('app') })
    await scene.untilFailed('endless-1', 'DependencyNotReady', /the expression needs more than 500000 steps$/)
    await scene.create('other')
    expect((await scene.untilReady('other', revision)).status?.lastAppliedRevision).toBe(revision)
  })

  it('with the gate must hold beside readiness', async () => {
    await deployStuck(additive, 'backend')
    const dependsOn = [{ name: 'backend', readyExpr: "dep.metadata.name == 'backend'" }]
    const revision = await additive.deploy('frontend', { 'a.yaml': configMap('frontend') }, { dependsOn })
    const words = new RegExp(`^dependency '${additive.namespace}/backend' is not ready$`)
    await additive.untilFailed('frontend', 'DependencyNotReady', words)
    expect(await additive.client.find(additive.object('ConfigMap', 'frontend'))).toBeUndefined()
    await additive.publish({ 'a.yaml': deployment('backend') }, { source: 'backend' })
    await additive.untilReady('frontend', revision)
  })
})
