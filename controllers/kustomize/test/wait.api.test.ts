// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Kustomization } from '@tidelock/api'
import { conditionsOf, configMap, deployment, manifest, Scene } from './harness.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open()
  // a wait takes half a minute at least: a test below looks at the end of this one
  const late = { 'a.yaml': deployment('late', 'Unready') }
  await scene.until('late', isWaiting(await scene.deploy('late', late, { wait: true, timeout: '30s' })))
})
afterAll(() => scene[Symbol.asyncDispose]())

const isWaiting = (revision: string) => (obj: Kustomization) =>
  getCondition(obj, 'Reconciling')?.message ===
  `Running health checks for revision ${revision} with a timeout of ${obj.spec.timeout === '30s' ? '30s' : '59m30s'}`

const failingJob = (name: string): string =>
  manifest({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { annotations: { 'kwok.tidelock.dev/behaviour': 'Failed' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'example.com/app:1.0.0' }] },
      },
    },
  })

describe('spec.wait', () => {
  it('is over when all that was applied is healthy', async () => {
    const revision = await scene.deploy('healthy', { 'a.yaml': deployment('healthy') }, { wait: true })
    const obj = await scene.untilReady('healthy', revision)
    expect(conditionsOf(obj)).toEqual({
      Ready: ['True', 'ReconciliationSucceeded', `Applied revision: ${revision}`],
      Healthy: ['True', 'Succeeded', expect.stringMatching(/^Health check passed in \d/)],
    })
    const messages = (await scene.untilEvent('healthy', 'ReconciliationSucceeded')).map(({ reason, message }) => [
      reason,
      message,
    ])
    expect(messages).toEqual([
      ['Progressing', `Deployment/${scene.namespace}/healthy created`],
      ['Progressing', expect.stringMatching(/^Health check passed in \d/)],
      ['ReconciliationSucceeded', expect.stringMatching(/^Reconciliation finished in .*, next run in 1h0m0s$/)],
    ])
  })

  it('says what it waits for, and goes on when it comes', async () => {
    const revision = await scene.deploy('slow', { 'a.yaml': deployment('slow', 'Unready') }, { wait: true })
    const obj = await scene.until('slow', isWaiting(revision))
    expect(conditionsOf(obj)).toEqual({
      Ready: ['Unknown', 'Progressing', 'Reconciliation in progress'],
      Reconciling: ['True', 'Progressing', expect.stringContaining('Running health checks')],
      Healthy: ['Unknown', 'Progressing', expect.stringContaining('Running health checks')],
    })
    expect(obj.status).not.toHaveProperty('lastAppliedRevision')
    expect(obj.status?.inventory?.entries).toHaveLength(1)
    const fixed = await scene.publish({ 'a.yaml': deployment('slow') }, { source: 'slow' })
    const ready = await scene.untilReady('slow', fixed)
    expect(
      ready.status?.history?.map(({ lastReconciledStatus, metadata }) => [
        lastReconciledStatus,
        metadata?.['revision'],
      ]),
    ).toEqual([['ReconciliationSucceeded', fixed]])
  })

  it('goes on through a revision that changes nothing for it, and then publishes that', async () => {
    const files = { 'app/a.yaml': deployment('unrelated', 'Unready') }
    const first = await scene.deploy('unrelated', files, { wait: true, path: './app' })
    const waiting = await scene.until('unrelated', isWaiting(first))
    const second = await scene.publish({ ...files, 'other/b.yaml': configMap('b') }, { source: 'unrelated' })
    const still = await scene.until('unrelated', isWaiting(second))
    // the wait is the same one: nothing was applied again, and the state since the first look stayed
    expect(getCondition(still, 'Ready')?.lastTransitionTime).toBe(getCondition(waiting, 'Ready')?.lastTransitionTime)
    await becomeReady(scene, 'unrelated')
    const ready = await scene.untilReady('unrelated', second)
    expect(ready.status?.history).toHaveLength(1)
    expect(ready.status?.history?.[0]?.totalReconciliations).toBe(1)
  })

  it('fails as soon as an object has failed, and not after the timeout', async () => {
    const revision = await scene.deploy('failing', { 'a.yaml': failingJob('failing') }, { wait: true })
    const words = new RegExp(
      `^health check failed after \\d.*: failed early due to stalled resources: \\[Job/${scene.namespace}/failing status: 'Failed'\\]$`,
    )
    const obj = await scene.untilFailed('failing', 'HealthCheckFailed', words)
    expect(conditionsOf(obj)).toMatchObject({
      Healthy: ['False', 'HealthCheckFailed', expect.stringContaining('failed early')],
      Reconciling: ['True', 'ProgressingWithRetry', expect.stringContaining(revision)],
    })
    expect(obj.status).toMatchObject({
      lastAttemptedRevision: revision,
      history: [{ lastReconciledStatus: 'HealthCheckFailed' }],
    })
    expect(obj.status).not.toHaveProperty('lastAppliedRevision')
    const events = await scene.untilEvent('failing', 'HealthCheckFailed', words)
    expect(events.at(-1)?.severity).toBe('error')
  })

  it('does not look at objects that are left out, nor at itself', async () => {
    const disabled = deployment('left-out', 'Unready').replace(
      '"metadata":{"name":"left-out"}',
      '"metadata":{"name":"left-out","annotations":{"kustomize.toolkit.fluxcd.io/ssa":"Ignore"}}',
    )
    const self = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      metadata: { name: 'self' },
      spec: {
        interval: '1h',
        retryInterval: '1h',
        prune: true,
        wait: true,
        sourceRef: { kind: 'GitRepository', name: 'self' },
        targetNamespace: scene.namespace,
      },
    }
    const revision = await scene.deploy('self', { 'a.yaml': manifest(self), 'b.yaml': disabled }, { wait: true })
    await scene.untilReady('self', revision)
    expect(await scene.client.find(scene.object('Deployment', 'left-out', 'apps/v1'))).toBeUndefined()
  })
})

describe('spec.healthChecks', () => {
  it('waits for what it names, and for nothing else', async () => {
    const files = { 'a.yaml': deployment('named'), 'b.yaml': deployment('not-named', 'Unready') }
    const healthChecks = [{ kind: 'Deployment', name: 'named', namespace: scene.namespace }]
    const revision = await scene.deploy('named', files, { healthChecks })
    const obj = await scene.untilReady('named', revision)
    expect(conditionsOf(obj)['Healthy']?.[0]).toBe('True')
    await scene.patch('named', { spec: { healthChecks: null } })
    const without = await scene.untilReady('named')
    expect(conditionsOf(without)).not.toHaveProperty('Healthy')
  })

  it('waits for an object that comes from elsewhere', async () => {
    const healthChecks = [{ apiVersion: 'v1', kind: 'Secret', name: 'elsewhere', namespace: scene.namespace }]
    const revision = await scene.deploy('elsewhere', { 'a.yaml': configMap('elsewhere') }, { healthChecks })
    await scene.until('elsewhere', isWaiting(revision))
    await scene.client.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'elsewhere', namespace: scene.namespace },
    })
    const obj = await scene.untilReady('elsewhere', revision)
    expect(conditionsOf(obj)['Healthy']?.[0]).toBe('True')
  })
})

it('healthChecks that can never be met fail at once, and not after the timeout', async () => {
  const healthChecks = [{ kind: 'Deployment', name: 'nowhere' }]
  await scene.deploy('unmet', { 'a.yaml': configMap('unmet') }, { healthChecks })
  const words = /^health check failed: resource Deployment\.apps nowhere is namespace scoped, but namespace is not set$/
  const obj = await scene.untilFailed('unmet', 'HealthCheckFailed', words)
  expect(conditionsOf(obj)['Healthy']?.slice(0, 2)).toEqual(['False', 'HealthCheckFailed'])
  await scene.untilEvent('unmet', 'HealthCheckFailed', words)
})

describe('a controller with one worker', () => {
  let narrow: Scene
  beforeAll(async () => {
    narrow = await Scene.open({ flags: ['--concurrent=1'] })
  })
  afterAll(() => narrow[Symbol.asyncDispose]())

  it('is not held up by a hundred that wait', async () => {
    const names = Array.from({ length: 100 }, (_, count) => `stuck-${count}`)
    const files = Object.fromEntries(names.map((name) => [`${name}/a.yaml`, deployment(name, 'Unready')]))
    const revision = await narrow.publish({ ...files, 'free/a.yaml': configMap('free') })
    await Promise.all(names.map((name) => narrow.create(name, { wait: true, path: `./${name}` })))
    for (const name of names) await narrow.until(name, isWaiting(revision))
    await narrow.create('free', { path: './free' })
    await narrow.untilReady('free', revision)
    const stuck = await Promise.all(names.map((name) => narrow.get(name)))
    expect(stuck.every((obj) => isWaiting(revision)(obj))).toBe(true)
  })

  it('completes a Kustomization that waits for Kustomizations which it applied', async () => {
    const child = (name: string): string =>
      manifest({
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        metadata: { name },
        spec: {
          interval: '1h',
          prune: true,
          wait: true,
          path: `./${name}`,
          sourceRef: { kind: 'GitRepository', name: 'nested' },
          targetNamespace: narrow.namespace,
        },
      })
    const names = ['child-a', 'child-b', 'child-c']
    const revision = await narrow.deploy(
      'nested',
      {
        ...Object.fromEntries(names.map((name) => [`parent/${name}.yaml`, child(name)])),
        ...Object.fromEntries(names.map((name) => [`${name}/a.yaml`, deployment(name)])),
      },
      { path: './parent', wait: true },
    )
    await narrow.untilReady('nested', revision)
    const children = await Promise.all(names.map((name) => narrow.get(name)))
    expect(children.map(({ status }) => status?.lastAppliedRevision)).toEqual(names.map(() => revision))
  })
})

describe('a wait', () => {
  it('gives up after the timeout, and the revision after that is applied at once', async () => {
    const words = new RegExp(`timeout waiting for: \\[Deployment/${scene.namespace}/late status: 'InProgress'\\]$`)
    await scene.untilFailed('late', 'HealthCheckFailed', words, 120_000)
    const fixed = await scene.publish({ 'a.yaml': deployment('late') }, { source: 'late' })
    const obj = await scene.untilReady('late', fixed)
    expect(conditionsOf(obj)['Healthy']?.[0]).toBe('True')
    const passed = (await scene.untilEvent('late', 'Progressing', /Health check passed/)).at(-1)
    expect(passed?.metadata?.['kustomize.toolkit.fluxcd.io/revision']).toBe(fixed)
  })
})

/** Says in the place of the kubelet that the pods of the Deployment are ready. */
async function becomeReady({ client, namespace }: Scene, app: string): Promise<void> {
  const kind = { group: '', version: 'v1', kind: 'Pod', plural: 'pods', namespaced: true }
  const { items } = await client.list(kind, { namespace, labelSelector: `app=${app}` })
  const now = new Date().toISOString()
  const conditions = ['Ready', 'ContainersReady'].map((type) => ({ type, status: 'True', lastTransitionTime: now }))
  for (const { metadata } of items) {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace, name: metadata.name }
    const body = { status: { phase: 'Running', conditions } }
    await client.patch(ref, { type: 'strategic', subresource: 'status', body })
  }
}
