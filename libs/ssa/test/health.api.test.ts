// SPDX-License-Identifier: Apache-2.0
import { afterEach, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { KubeObject } from '@tidelock/api'
import { KubeClient, loadTarget, refOf } from '@tidelock/kube'
import type { RequestInfo } from '@tidelock/kube'
import { createNamespace, eventually, testCluster } from '@tidelock/testkit'
import { HealthTracker } from '../src/index.ts'
import { configMap, deployment, service } from './fixtures.ts'

const cleanups: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()))
})

interface World {
  readonly client: KubeClient
  readonly namespace: string
  readonly tracker: HealthTracker
  readonly requests: RequestInfo[]
}

async function createWorld(pollMs: number = 5000): Promise<World> {
  const { client: shared, kubeconfigPath } = await testCluster()
  const requests: RequestInfo[] = []
  const target = await loadTarget({ kubeconfig: kubeconfigPath, env: {} })
  const client = new KubeClient({ target, userAgent: 'tidelock-test', onRequest: (info) => requests.push(info) })
  const namespace = await createNamespace(shared)
  const tracker = new HealthTracker({ client, clock: systemClock, pollMs })
  cleanups.push(async () => {
    await tracker.close()
    await client.close()
  })
  return { client, namespace, tracker, requests }
}

/** A deployment whose pods behave as the stand-in for the kubelet is told. */
function behaving(namespace: string, name: string, behaviour: 'Unready' | 'Pending'): KubeObject {
  const object = deployment(namespace, name)
  const { template } = object['spec'] as { template: { metadata: object } }
  Object.assign(template.metadata, { annotations: { 'kwok.tidelock.dev/behaviour': behaviour } })
  return object
}

function job(namespace: string, name: string, behaviour: string, more: object = {}): KubeObject {
  const annotations = { 'kwok.tidelock.dev/behaviour': behaviour }
  const spec = { restartPolicy: 'Never', containers: [{ name: 'app', image: 'registry.example.com/app:1.0.0' }] }
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace },
    spec: { backoffLimit: 0, template: { metadata: { annotations }, spec }, ...more },
  }
}

describe('health', () => {
  it('is reached by watching only what is not healthy yet, with one watch for all who wait', async () => {
    const { client, namespace, tracker, requests } = await createWorld()
    const apps = ['a', 'b', 'c'].map((name) => deployment(namespace, name))
    const settled = [configMap(namespace, 'settings', {}), service(namespace, 'a')]
    for (const object of settled) await client.create(object)
    const seen: string[] = []
    const waits = apps.map((app) =>
      tracker.track(
        [app, ...settled].map((object) => ({ ref: refOf(object) })),
        {
          timeoutMs: 30_000,
          onTransition: ({ ref }, now) => seen.push(`${ref.kind}/${ref.name} ${now.status}`),
        },
      ),
    )
    await Promise.all(waits.map(({ looked }) => looked))
    for (const app of apps) await client.create(app)
    expect(await Promise.all(waits.map(({ outcome }) => outcome))).toEqual(apps.map(() => ({ kind: 'healthy' })))
    expect(seen).toEqual(
      expect.arrayContaining(['ConfigMap/settings Current', 'Deployment/a Current', 'Deployment/c Current']),
    )
    const watched = requests.filter(({ verb }) => verb === 'watch' || verb === 'list').map(({ resource }) => resource)
    expect([...new Set(watched)]).toEqual(['deployments'])
    expect(requests.filter(({ verb }) => verb === 'watch').length).toBeLessThanOrEqual(1)
  })

  it('is known after the first look of what is healthy already, and of what is not', async () => {
    const { client, namespace, tracker } = await createWorld()
    await client.create(configMap(namespace, 'there', {}))
    const [there, missing] = ['there', 'missing'].map((name) => ({ ref: refOf(configMap(namespace, name, {})) }))
    const settled = tracker.track(there === undefined ? [] : [there], { timeoutMs: 30_000 })
    await settled.looked
    expect(settled.ended).toEqual({ kind: 'healthy' })
    const open = tracker.track(missing === undefined ? [] : [missing], { timeoutMs: 30_000 })
    await open.looked
    expect([open.ended, open.reports()[0]?.status]).toEqual([undefined, 'NotFound'])
    open.cancel()
    await open.looked
  })

  it('is waited for until the time is over, and then says for whom', async () => {
    const { client, namespace, tracker } = await createWorld()
    const object = behaving(namespace, 'app', 'Unready')
    await client.create(object)
    const targets = [{ ref: refOf(object) }, { ref: { apiVersion: 'v1', kind: 'Secret', namespace, name: 'none' } }]
    const message = `timeout waiting for: [Deployment/${namespace}/app status: 'InProgress', Secret/${namespace}/none status: 'NotFound']`
    await expect(tracker.waitFor(targets, { timeoutMs: 2000 }, AbortSignal.timeout(30_000))).rejects.toMatchObject({
      code: 'WaitTimeout',
      message,
    })
  })

  it('fails as soon as one object failed, if asked to, and otherwise when none can get better', async () => {
    const { client, namespace, tracker } = await createWorld()
    const [bad, slow] = [job(namespace, 'bad', 'Failed'), behaving(namespace, 'slow', 'Pending')]
    for (const object of [bad, slow]) await client.create(object)
    const both = [bad, slow].map((object) => ({ ref: refOf(object) }))
    const message = `failed early due to stalled resources: [Job/${namespace}/bad status: 'Failed']`
    expect(await tracker.track(both, { timeoutMs: 30_000, failFast: true }).outcome).toMatchObject({
      kind: 'failed',
      message,
    })
    expect(await tracker.track(both.slice(0, 1), { timeoutMs: 30_000 }).outcome).toMatchObject({
      kind: 'failed',
      message,
    })
    expect(await tracker.track(both, { timeoutMs: 300 }).outcome).toMatchObject({ kind: 'timedOut' })
  })

  it('takes a Job with a time to live that is gone for done', async () => {
    const { namespace, tracker } = await createWorld()
    const gone = job(namespace, 'gone', '', { ttlSecondsAfterFinished: 0 })
    const target = { ref: refOf(gone), jobWithTtl: true }
    expect(await tracker.track([target], { timeoutMs: 10_000 }).outcome).toEqual({ kind: 'healthy' })
    expect(await tracker.track([], { timeoutMs: 10_000 }).outcome).toEqual({ kind: 'healthy' })
  })

  it('follows objects, and kinds, that do not exist when the wait begins', async () => {
    const { client, namespace, tracker } = await createWorld(100)
    const plural = `late${Math.random().toString(36).slice(2, 8)}s`
    const kind = `Late${plural.slice(4, -1)}`
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    const late = { apiVersion: 'health.example.com/v1', kind, metadata: { name: 'x', namespace } }
    const wait = tracker.track([{ ref: refOf(late) }, { ref: refOf(configMap(namespace, 'late', {})) }], {
      timeoutMs: 40_000,
    })
    await eventually(() => expect(wait.reports().map(({ status }) => status)).toEqual(['NotFound', 'NotFound']))
    await client.create(configMap(namespace, 'late', {}))
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `${plural}.health.example.com` },
      spec: {
        group: 'health.example.com',
        names: { kind, plural },
        scope: 'Namespaced',
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    }
    await client.create(crd)
    await eventually(() => client.create(late))
    expect(await wait.outcome).toEqual({ kind: 'healthy' })
  })

  it('is read again and again where it may not be watched', async () => {
    const { client, namespace, tracker: _, requests } = await createWorld()
    const user = `system:serviceaccount:${namespace}:reader`
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' }
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }]
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader', namespace } }
    await client.create({ ...role, rules })
    await client.create({
      ...role,
      kind: 'RoleBinding',
      roleRef,
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    })
    const limited = new HealthTracker({ client: client.as({ user }), clock: systemClock, pollMs: 50 })
    cleanups.push(() => limited.close())
    const target = { ref: refOf(deployment(namespace, 'app')) }
    const wait = limited.track([target, { ref: { apiVersion: 'v1', kind: 'Secret', namespace, name: 's' } }], {
      timeoutMs: 30_000,
    })
    await eventually(() => {
      expect(wait.reports()[1]).toMatchObject({ status: 'Unknown', error: expect.stringContaining('is forbidden') })
      const reads = requests.filter(({ verb, resource }) => verb === 'get' && resource === 'deployments')
      expect(reads.length).toBeGreaterThan(3)
    })
    await client.create(deployment(namespace, 'app'))
    await eventually(() => expect(wait.reports()[0]?.status).toBe('Current'))
    wait.cancel()
    expect(await wait.outcome).toEqual({ kind: 'cancelled' })
  })

  it('is judged by the caller’s own rule, whose errors are said', async () => {
    const { client, namespace, tracker } = await createWorld()
    await client.create(configMap(namespace, 'a', { ready: 'no' }))
    const target = { ref: refOf(configMap(namespace, 'a', {})) }
    const broken = (): never => {
      throw new Error('no such key: phase')
    }
    expect(await tracker.track([target], { timeoutMs: 2000, statusOf: broken }).outcome).toMatchObject({
      message: `timeout waiting for: [ConfigMap/${namespace}/a status: 'Unknown': no such key: phase]`,
    })
  })

  it('ends with the signal', async () => {
    const { namespace, tracker } = await createWorld()
    const stop = new AbortController()
    const waiting = tracker.waitFor(
      [{ ref: refOf(configMap(namespace, 'none', {})) }],
      { timeoutMs: 30_000, onTransition: () => stop.abort(new Error('a newer revision')) },
      stop.signal,
    )
    await expect(waiting).rejects.toThrow('a newer revision')
  })
})
