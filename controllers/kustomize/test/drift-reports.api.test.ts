// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ObjectRef } from '@tidelock/kube'
import { AdmissionWebhook, createNamespace, eventually } from '@tidelock/testkit'
import { configMap, deployment, Scene } from './harness.ts'
import { drifted, driftReports, edit, kubectl, managed, passOneCorrection, untilDrifted } from './drift-scene.ts'

let scene: Scene
beforeAll(async () => {
  scene = await Scene.open({ flags: ['--override-manager=rival', '--metrics-addr=127.0.0.1:0'] })
})
afterAll(() => scene[Symbol.asyncDispose]())

async function app(name: string, interval: string): Promise<ObjectRef> {
  const revision = await scene.deploy(name, { 'a.yaml': deployment(name) }, { interval })
  await scene.untilReady(name, revision)
  return scene.object('Deployment', name, 'apps/v1')
}

const specOf = async (ref: ObjectRef): Promise<string> => JSON.stringify((await scene.client.get(ref))['spec'])

async function metrics(): Promise<string[]> {
  const serving = scene.log
    .map((line) => JSON.parse(line) as { msg: string; address?: string })
    .find(({ msg }) => msg === 'serving metrics')
  return (await (await fetch(`http://${serving?.address}/metrics`)).text()).split('\n')
}

/** The samples of the metrics whose name begins so, and whose labels hold the text. */
async function samples(prefix: string, labels = ''): Promise<Record<string, number>> {
  const lines = (await metrics()).filter((line) => line.startsWith(prefix) && line.includes(labels))
  return Object.fromEntries(lines.map((line) => [line.replace(/ [^ ]+$/, ''), Number(/[^ ]+$/.exec(line)?.[0])]))
}

describe('reported at once, corrected at the interval', () => {
  const scale = (ref: ObjectRef): Promise<unknown> =>
    edit(scene, ref, { spec: { replicas: 3 } }, { fieldManager: 'autoscaler', subresource: 'scale' })
  const changes: [string, (ref: ObjectRef) => Promise<unknown>, string, (spec: string) => boolean][] = [
    [
      'kubectl scale',
      ({ name }) => kubectl(scene, 'scale', `deployment/${name}`, '--replicas=3'),
      'kubectl',
      (spec) => spec.includes('"replicas":3'),
    ],
    ['an autoscaler', scale, 'autoscaler', (spec) => spec.includes('"replicas":3')],
    [
      'kubectl rollout restart',
      ({ name }) => kubectl(scene, 'rollout', 'restart', `deployment/${name}`),
      'kubectl-rollout',
      (spec) => spec.includes('restartedAt'),
    ],
  ]
  it.each(changes)('%s', async (title, change, manager, isChanged) => {
    const name = title.replaceAll(' ', '-')
    const slow = await app(`${name}-slow`, '1h')
    await change(slow)
    const subject = `Deployment/${scene.namespace}/${slow.name}`
    expect(await untilDrifted(scene, slow.name, 'True')).toBe(`${subject} changed by ${manager}`)
    await passOneCorrection(scene)
    expect(isChanged(await specOf(slow))).toBe(true)
    expect(driftReports(scene, slow.name)).toEqual([
      expect.stringMatching(new RegExp(`^${subject} changed by ${manager}, to be corrected within (57m|56m59|5\\dm)`)),
    ])

    const quick = await app(`${name}-quick`, '4s')
    await change(quick)
    await scene.untilLive(quick, (obj) => !isChanged(JSON.stringify(obj['spec'])))
    const events = await scene.untilEvent(quick.name, 'Progressing', /configured/)
    expect(events.find(({ message }) => message.includes('configured'))?.message).toBe(
      `Deployment/${scene.namespace}/${quick.name} configured\ndrift: Deployment/${scene.namespace}/${quick.name} changed by ${manager}`,
    )
    const message = await untilDrifted(scene, quick.name, 'False')
    expect(message).toContain(`changed by ${manager}`)
  })

  it('what is to wait waits, also when something else is put right at once', async () => {
    const files = { 'a.yaml': deployment('both'), 'b.yaml': configMap('both') }
    const revision = await scene.deploy('both', files)
    await scene.untilReady('both', revision)
    const scaled = scene.object('Deployment', 'both', 'apps/v1')
    await scale(scaled)
    await untilDrifted(scene, 'both', 'True')
    const edited = scene.object('ConfigMap', 'both')
    await edit(scene, edited, { data: { key: 'edited' } })
    await scene.untilLive(edited, ({ data }) => JSON.stringify(data) === '{"key":"value"}')
    expect(await specOf(scaled)).toContain('"replicas":3')
    await scene.reconcile('both')
    expect(await specOf(scaled)).toContain('"replicas":1')
  })

  it('names everybody who touched an object, and keeps what is still drifted in the condition', async () => {
    const files = { 'a.yaml': deployment('touched-a'), 'b.yaml': deployment('touched-b') }
    await scene.untilReady('touched', await scene.deploy('touched', files))
    const [first, second] = ['touched-a', 'touched-b'].map((name) => scene.object('Deployment', name, 'apps/v1'))
    if (first === undefined || second === undefined) throw new Error('two objects')
    await edit(scene, first, { spec: { replicas: 3 } }, { fieldManager: 'autoscaler' })
    await untilDrifted(scene, 'touched', 'True')
    const containers = [{ name: 'app', image: 'example.com/app:2.0.0' }]
    const options = { type: 'strategic', body: { spec: { template: { spec: { containers } } } } } as const
    await scene.client.patch(first, { ...options, fieldManager: 'updater' })
    await edit(scene, second, { spec: { replicas: 2 } }, { fieldManager: 'autoscaler' })
    const obj = await scene.until('touched', (each) => {
      const message = drifted(each)?.[2] ?? ''
      return message.includes('touched-b') && message.includes('updater')
    })
    const [a = '', b = ''] = (drifted(obj)?.[2] ?? '').split('\n').toSorted()
    expect(a).toMatch(/touched-a changed by (?:updater, autoscaler|autoscaler, updater)$/)
    expect(b).toMatch(/touched-b changed by autoscaler$/)
  })

  it('what somebody puts right himself is no drift any more', async () => {
    const ref = await app('mended', '1h')
    await scale(ref)
    await untilDrifted(scene, 'mended', 'True')
    await edit(scene, ref, { spec: { replicas: 1 } }, { fieldManager: 'autoscaler', subresource: 'scale' })
    await scene.reconcile('mended')
    // the field is ours again, without that anything was to be changed
    expect(drifted(await scene.get('mended'))?.[0]).not.toBe('True')
  })
})

it('a controller that fights is beaten once, reported, and then paced by the interval', async () => {
  const ref = await managed(scene, 'fought', { interval: '1h' })
  const fight = (key: string): Promise<unknown> => edit(scene, ref, { data: { key } }, { fieldManager: 'rival' })
  await fight('first')
  await scene.untilLive(ref, ({ data }) => JSON.stringify(data) === '{"key":"value"}')
  await fight('second')
  const subject = `ConfigMap/${scene.namespace}/fought`
  expect(await untilDrifted(scene, 'fought', 'True')).toBe(`${subject} changed by rival`)
  for (const key of ['third', 'fourth', 'fifth']) await fight(key)
  await passOneCorrection(scene)
  expect((await scene.client.get(ref))['data']).toEqual({ key: 'fifth' })
  expect(driftReports(scene, 'fought')).toEqual([
    expect.stringMatching(new RegExp(`^${subject} changed by rival once more, to be corrected within `)),
  ])
  const labels = `name="fought",namespace="${scene.namespace}"`
  await eventually(async () => expect(Object.values(await samples('tidelock_drifted_objects', labels))).toEqual([1]))
  await scene.reconcile('fought')
  expect((await scene.client.get(ref))['data']).toEqual({ key: 'value' })
  expect(Object.values(await samples('tidelock_drifted_objects', labels))).toEqual([0])
})

it('a webhook that changes what we apply at each write does not keep us writing', async () => {
  const namespace = await createNamespace(scene.client, 'stamped')
  let stamps = 0
  await using webhook = await AdmissionWebhook.start({
    ...{ client: scene.client, namespace, resource: 'configmaps', type: 'Mutating' },
    // a dry run must not see the stamp of the write, or they would be equal
    answer: ({ object }) =>
      object?.metadata.name === 'settings'
        ? { allow: true, patch: [{ op: 'add', path: '/data/key', value: `stamp ${++stamps}` }] }
        : { allow: true },
  })
  const revision = await scene.deploy('stamped', { 'a.yaml': configMap('settings') }, { targetNamespace: namespace })
  await scene.untilReady('stamped', revision)
  const writes = (): number =>
    webhook.requests.filter(
      // the namespace brings a ConfigMap of its own along
      ({ object, dryRun, operation }) =>
        object?.metadata.name === 'settings' && dryRun !== true && operation !== 'DELETE',
    ).length
  await passOneCorrection(scene)
  const before = writes()
  for (let pass = 0; pass < 2; pass++) await passOneCorrection(scene)
  expect(writes()).toBe(before)
  // at the interval it is applied again, as by Flux
  await scene.reconcile('stamped')
  expect(writes()).toBe(before + 1)
  const subject = `ConfigMap/${namespace}/settings`
  await scene.untilEvent('stamped', 'Progressing', new RegExp(`^drift: ${subject} differs from what the API`, 'm'))
  await passOneCorrection(scene)
  expect(writes()).toBe(before + 1)
})

it('an edit that comes right after the suspension is never undone, even by a run that began before it', async () => {
  await using own = await Scene.open({ controller: false })
  let arm: (() => Promise<void>) | undefined
  own.startController({
    faults: {
      reach: async (point, object) => {
        if (point !== 'run-started' || object !== `Kustomization/${own.namespace}/raced`) return
        const act = arm
        arm = undefined
        await act?.()
      },
    },
  })
  const ref = await managed(own, 'raced')
  const acted = new Promise<void>((resolve) => {
    arm = async () => {
      // the run holds the object as it was before
      await own.patch('raced', { spec: { suspend: true } })
      await edit(own, ref, { data: { key: 'mine' } })
      resolve()
    }
  })
  await edit(own, ref, { data: { key: 'edited' } })
  await acted
  for (let pass = 0; pass < 2; pass++) await passOneCorrection(own)
  expect((await own.client.get(ref))['data']).toEqual({ key: 'mine' })
  expect(own.receiver.of('raced').map(({ message }) => message)).not.toContainEqual(
    expect.stringContaining('configured'),
  )
  await own.patch('raced', { spec: { suspend: false } })
  await own.untilLive(ref, ({ data }) => JSON.stringify(data) === '{"key":"value"}')
})

it('counts what it finds, and names neither objects nor their content in the metrics', async () => {
  const before = await samples('tidelock_drift_')
  const ref = await managed(scene, 'counted')
  await edit(scene, ref, { data: { key: 'edited' } })
  await scene.untilLive(ref, ({ data }) => JSON.stringify(data) === '{"key":"value"}')
  const grown = async (name: string): Promise<number> => ((await samples(name))[name] ?? 0) - (before[name] ?? 0)
  await eventually(async () => expect(await grown('tidelock_drift_corrected_total{cause="changed"}')).toBe(1))
  expect(await grown('tidelock_drift_detected_total{cause="changed"}')).toBe(1)
  expect(JSON.stringify(await samples('tidelock_drift_'))).not.toMatch(/counted|edited/)
})

it('has no metric of its own or of Flux that docs/metrics.md does not explain', async () => {
  const docs = await readFile(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
  const names = (await metrics()).flatMap((line) => /^# TYPE ((?:tidelock|gotk)_\S+)/.exec(line)?.[1] ?? [])
  expect(names).toContain('tidelock_drift_left_total')
  for (const name of names) expect(docs).toContain(`\`${name}\``)
})

it('says nothing of what is in a Secret', async () => {
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'keys' }, stringData: { token: 'hunter2-git' } }
  const revision = await scene.deploy('secretive', { 'a.yaml': JSON.stringify(secret) })
  await scene.untilReady('secretive', revision)
  const ref = scene.object('Secret', 'keys')
  const foreign = Buffer.from('hunter2-hand').toString('base64')
  await edit(scene, ref, { data: { token: foreign } })
  await scene.untilEvent('secretive', 'Progressing', /drift: Secret\/.*\/keys changed by kubectl-edit/)
  const told = JSON.stringify([scene.receiver.of('secretive'), (await scene.get('secretive')).status, scene.log])
  for (const value of ['hunter2', foreign, Buffer.from('hunter2-git').toString('base64')])
    expect(told).not.toContain(value)
})

it('what the first apply found in an object that no manager was noted on is taken over without a word', async () => {
  const ref = scene.object('ConfigMap', 'unmanaged')
  const { apiVersion, kind, namespace = '' } = ref
  const { metadata } = await scene.client.create({
    ...{ apiVersion, kind, data: { key: 'old', mine: 'too' } },
    metadata: { name: ref.name, namespace },
  })
  // as of a server that knew no managed fields yet
  const body = [
    { op: 'test', path: '/metadata/uid', value: metadata.uid },
    { op: 'replace', path: '/metadata/managedFields', value: [{}] },
  ]
  await scene.client.patch(ref, { type: 'json', body })
  const revision = await scene.deploy('unmanaged', { 'a.yaml': configMap('unmanaged') })
  await scene.untilReady('unmanaged', revision)
  const live = await scene.untilLive(ref, (each) => JSON.stringify(each['data']) === '{"key":"value"}')
  expect(live.metadata.managedFields?.map(({ manager }) => manager)).toEqual(['kustomize-controller'])
  await scene.reconcile('unmanaged')
  const { status } = await scene.get('unmanaged')
  expect(status?.conditions?.map(({ type }) => type)).toEqual(['Ready'])
  const said = scene.receiver.of('unmanaged').map(({ message }) => message)
  expect(said.filter((message) => message.includes('drift') || message.includes('before-first-apply'))).toEqual([])
  expect(said).toContain(`ConfigMap/${scene.namespace}/unmanaged configured`)
})

it('a Job that Kubernetes removes after its end is not run again before somebody asks or the interval passes', async () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once' },
    spec: {
      ttlSecondsAfterFinished: 0,
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'app', image: 'example.com/app:1.0.0' }] } },
    },
  }
  const revision = await scene.deploy('once', { 'a.yaml': JSON.stringify(job) })
  await scene.untilReady('once', revision)
  const gone = scene.object('Job', 'once', 'batch/v1')
  await scene.untilGone(gone)
  const made = (): number => scene.receiver.of('once').filter(({ message }) => message.includes('created')).length
  await scene.until('once', ({ status }) => (status?.history?.[0]?.totalReconciliations ?? 0) >= 2)
  await passOneCorrection(scene)
  expect(made()).toBe(1)
  await scene.reconcile('once')
  await eventually(() => expect(made()).toBe(2))
  await scene.untilGone(gone)
  await passOneCorrection(scene)
  expect(made()).toBe(2)
  expect(driftReports(scene, 'once')).toEqual([])
  expect(drifted(await scene.get('once'))).toBeUndefined()
})
