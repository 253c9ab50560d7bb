// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Kustomization } from '@tidelock/api'
import { eventually } from '@tidelock/testkit'
import { configMap, deployment, Scene } from './harness.ts'
import type { Files } from './artifact-source.ts'
import { OwnCluster } from './own-cluster.ts'
import type { AuditEvent } from './own-cluster.ts'

// its own control plane, for the audit log
let own: OwnCluster
let scene: Scene
beforeAll(async () => {
  own = await OwnCluster.start()
  scene = await Scene.open({ cluster: own.cluster, flags: ['--metrics-addr=127.0.0.1:0'] })
}, 600_000)
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  await own[Symbol.asyncDispose]()
})

const files = (changed: string): Files => ({
  'one/a.yaml': configMap('one', { key: changed }),
  'two/kustomization.yaml': 'resources: [../shared, b.yaml]\n',
  'two/b.yaml': configMap('two'),
  'shared/kustomization.yaml': 'resources: [c.yaml]\n',
  'shared/c.yaml': configMap('shared'),
})

const line = ({ verb, objectRef = {} }: AuditEvent): string => `${verb} ${objectRef.resource} ${objectRef.name ?? ''}`

/** What the controller asked for so far, watches and Leases apart. */
async function requestsSoFar(): Promise<AuditEvent[]> {
  const events = await own.audit(/^kustomize-controller/)
  return events.filter(({ verb, objectRef }) => verb !== 'watch' && verb !== 'list' && objectRef?.resource !== 'leases')
}

const builds = (name: string): number =>
  scene.log.filter((entry) => entry.includes('"rendered"') && entry.includes(`"name":"${name}"`)).length

async function skippedRuns(): Promise<number> {
  const lines = scene.log.map((entry) => JSON.parse(entry) as { msg?: string; address?: string })
  const serving = lines.find(({ msg }) => msg === 'serving metrics')
  const text = await (await fetch(`http://${serving?.address}/metrics`)).text()
  return Number(/^tidelock_skipped_runs_total (\d+)$/m.exec(text)?.[1])
}

async function move(changed: string, ...names: readonly string[]): Promise<Kustomization[]> {
  const revision = await scene.publish(files(changed))
  return Promise.all(names.map((name) => scene.untilReady(name, revision)))
}

describe('a revision that does not change what a Kustomization read', () => {
  beforeAll(async () => {
    await scene.publish(files('1'))
    await scene.create('one', { path: './one' })
    await scene.create('two', { path: './two' })
    await scene.untilReady('one')
    await scene.untilReady('two')
    // runs that a first start brings about
    await move('2', 'one', 'two')
  })

  it('costs one status patch and one event, and no build', async () => {
    const before = builds('two')
    const [two] = await scene.untilReady('two').then((obj) => [obj])
    const isAbout = ({ objectRef }: AuditEvent): boolean => objectRef?.name?.startsWith('two') === true
    const asked = (await requestsSoFar()).filter(isAbout).length
    await move('3', 'one', 'two')
    // the event of this run comes after its status, as that of the run before did
    await eventually(async () => {
      const about = (await requestsSoFar()).filter(isAbout).slice(asked).map(line)
      const events = about.filter((each) => /^(create|patch) events two\./.test(each))
      expect(about.filter((each) => !events.includes(each))).toEqual(['patch kustomizations two'])
      expect(events.length).toBeGreaterThanOrEqual(1)
    })
    expect(builds('two')).toBe(before)
    expect(await skippedRuns()).toBeGreaterThan(0)
    const now = await scene.get('two')
    expect(now.status).toMatchObject({
      lastAppliedRevision: now.status?.lastAttemptedRevision,
      inventory: two?.status?.inventory,
      conditions: [{ type: 'Ready', message: `Applied revision: ${now.status?.lastAppliedRevision}` }],
    })
    expect(now.status?.history?.[0]).toMatchObject({
      digest: two?.status?.history?.[0]?.digest,
      lastReconciledStatus: 'ReconciliationSucceeded',
      metadata: { revision: now.status?.lastAppliedRevision },
      totalReconciliations: (two?.status?.history?.[0]?.totalReconciliations ?? 0) + 1,
    })
    await scene.untilEvent('two', 'ReconciliationSucceeded')
    const live = await scene.client.get(scene.object('ConfigMap', 'one'))
    expect(live).toMatchObject({ data: { key: '3' } })
  })

  it('does not even download the artifact when nobody needs it', async () => {
    const unrelated = { 'docs/readme.md': String(performance.now()) }
    const before = scene.source.requests
    const revision = await scene.publish({ ...files('3'), ...unrelated })
    await Promise.all(['one', 'two'].map((name) => scene.untilReady(name, revision)))
    // the index, once for both
    expect(scene.source.requests - before).toBe(1)
  })

  it('still puts right what somebody changed meanwhile, without a build', async () => {
    const before = builds('two')
    await scene.stopController()
    scene.startController()
    await scene.reconcile('two')
    // its first look after the start is over, too
    await scene.reconcile('one')
    expect(builds('two')).toBe(before + 1)
    await scene.client.patch(scene.object('ConfigMap', 'two'), {
      type: 'merge',
      body: { data: { key: 'by hand' } },
      fieldManager: 'kubectl-edit',
    })
    await scene.untilLive(scene.object('ConfigMap', 'two'), ({ data }) => (data as { key: string }).key === 'value')
    // everything is looked at on request, and the objects are at hand
    const asked = (await requestsSoFar()).length
    await scene.reconcile('two')
    const requests = (await requestsSoFar()).slice(asked)
    const dryRuns = requests.filter(({ requestURI }) => requestURI.includes('dryRun='))
    expect(new Set(dryRuns.map(line))).toEqual(new Set(['patch configmaps shared', 'patch configmaps two']))
    expect(builds('two')).toBe(before + 1)
  })

  it('is built when a file that it read changes, wherever that is', async () => {
    const revision = await scene.publish({ ...files('3'), 'shared/c.yaml': configMap('shared', { key: 'new' }) })
    await scene.untilReady('two', revision)
    expect(await scene.client.get(scene.object('ConfigMap', 'shared'))).toMatchObject({ data: { key: 'new' } })
  })
})

describe('variables', () => {
  it('of a ConfigMap that changed, and of an optional one that came to be, are seen with the next revision', async () => {
    const vars = (name: string, value: string): Promise<unknown> =>
      scene.client.apply(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: scene.namespace }, data: { color: value } },
        { fieldManager: 'test', force: true },
      )
    const source = (salt: string): Files => ({
      'a.yaml': configMap('painted', { color: '${color}' }),
      'salt.txt': salt,
    })
    const publish = async (salt: string): Promise<Kustomization> =>
      scene.untilReady('painted', await scene.publish(source(salt), { source: 'painted' }))
    await vars('vars', 'red')
    const substituteFrom = [
      { kind: 'ConfigMap' as const, name: 'vars' },
      { kind: 'ConfigMap' as const, name: 'later', optional: true },
    ]
    await scene.deploy('painted', source('1'), { postBuild: { substituteFrom } })
    await scene.untilReady('painted')
    const colorIs = async (color: string): Promise<void> => {
      expect(await scene.client.get(scene.object('ConfigMap', 'painted'))).toMatchObject({ data: { color } })
    }
    await colorIs('red')
    const before = builds('painted')
    await publish('2')
    expect(builds('painted')).toBe(before)
    await vars('vars', 'green')
    await publish('3')
    await colorIs('green')
    await vars('later', 'blue')
    await publish('4')
    await colorIs('blue')
    await scene.client.delete(scene.object('ConfigMap', 'later'))
    await publish('5')
    await colorIs('green')
  })
})

describe('health', () => {
  it('is looked at although nothing is built', async () => {
    const source = (salt: string): Files => ({ 'a.yaml': deployment('web'), 'salt.txt': salt })
    await scene.deploy('healthy', source('1'), { wait: true, timeout: '20s' })
    await scene.untilReady('healthy')
    const before = builds('healthy')
    // not ours to correct: the status belongs to others
    await scene.client.patch(scene.object('Deployment', 'web', 'apps/v1'), {
      type: 'merge',
      body: { spec: { template: { metadata: { annotations: { 'kwok.tidelock.dev/behaviour': 'Unready' } } } } },
      fieldManager: 'other-controller',
    })
    await scene.publish(source('2'), { source: 'healthy' })
    await scene.untilFailed('healthy', 'HealthCheckFailed')
    expect(builds('healthy')).toBe(before)
  })
})
