// SPDX-License-Identifier: Apache-2.0
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { RequestSlots } from '@tidelock/kube'
import { commonFlags, createLogger, createManager } from '@tidelock/runtime'
import type { CreatedManager } from '@tidelock/runtime'
import { checkConditions, eventually } from '@tidelock/testkit'
import { Command } from 'commander'
import { ToyCluster } from './toy-cluster.ts'
import { toyFinalizer, toySpec } from './toy-controller.ts'
import type { ToyJournal } from './toy-controller.ts'

let toy: ToyCluster
let created: CreatedManager
let spoolDir: string
let running: Promise<void>
const stop = new AbortController()
const slotCount = 4
const routineRequests = new RequestSlots({ slots: slotCount, clock: systemClock })
const journal: ToyJournal = { runs: [], finalized: [], superseded: [] }
const logLines: Record<string, unknown>[] = []

beforeAll(async () => {
  toy = await ToyCluster.open()
  spoolDir = await mkdtemp(join(tmpdir(), 'tidelock-loop-'))
  const command = new Command()
  const read = commonFlags(command, { gates: {}, controller: 'toy-controller', tempDir: tmpdir() })
  const args = [
    `--kubeconfig=${toy.cluster.kubeconfigPath}`,
    `--spool-dir=${spoolDir}`,
    '--metrics-addr=127.0.0.1:0',
    '--health-addr=127.0.0.1:0',
    '--watch-all-namespaces=false',
    '--min-retry-delay=30ms',
    '--max-retry-delay=60ms',
  ]
  command.parse(args, { from: 'user' })
  const log = createLogger(
    { level: 'trace', encoding: 'json' },
    { write: (line) => void logLines.push(JSON.parse(line) as Record<string, unknown>) },
  )
  const options = read({ RUNTIME_NAMESPACE: toy.namespace })
  created = await createManager({
    ...{ name: 'toy-controller', version: '0', options, env: {}, instance: `loop-${randomUUID()}`, log },
    routineRequests,
  })
  created.manager.addController(toySpec(created.client, journal))
  running = created.manager.run(stop.signal)
})
afterAll(async () => {
  stop.abort()
  await running
  await created.close()
  await rm(spoolDir, { recursive: true, force: true })
})

const runsOf = (name: string): number => journal.runs.filter((each) => each === name).length

async function metric(line: string): Promise<number | undefined> {
  const text = await created.metrics.registry.metrics()
  const found = text.split('\n').find((each) => each.startsWith(`${line} `))
  return found === undefined ? undefined : Number(found.split(' ').at(-1))
}

/** Waits until the object has been reconciled at a request of ours, so that everything before has been said. */
async function settled(name: string): Promise<void> {
  const token = randomUUID()
  await toy.request(name, token)
  await eventually(async () => expect((await toy.get(name)).status?.lastHandledReconcileAt).toBe(token))
}

describe('a run that succeeds', () => {
  it('adds the finalizer, reports progress, and ends Ready with the generation observed', async () => {
    await toy.create('good', 'ok')
    const obj = await toy.ready('good', 'True', 'Succeeded')
    expect(obj.metadata.finalizers).toEqual([toyFinalizer])
    expect(obj.status).toMatchObject({ observedGeneration: 1, observedInclude: [] })
    expect(checkConditions(obj)).toEqual([])
    expect(runsOf('good')).toBe(1)
  })
  it('keeps the field managers of Flux, so that a takeover in either direction stays clean', async () => {
    await toy.ready('good', 'True')
    const { managedFields = [] } = (await toy.get('good')).metadata
    const writers = managedFields.map(
      ({ manager, operation, subresource }) => `${manager} ${operation} ${subresource ?? ''}`,
    )
    expect(writers.toSorted()).toEqual([
      'flux-cli-user Update ',
      'source-controller Update ',
      'source-controller Update status',
    ])
    const own = managedFields.find(
      ({ manager, subresource }) => manager === 'source-controller' && subresource === undefined,
    )
    expect(own?.fieldsV1).toEqual({ 'f:metadata': { 'f:finalizers': { '.': {}, 'v:"finalizers.fluxcd.io"': {} } } })
  })
  it('writes Events of exactly the shape that Flux’s have', async () => {
    const events = await eventually(async () => {
      const found = await toy.events('good')
      expect(found).toHaveLength(2)
      return found
    })
    const live = await toy.get('good')
    expect(events[0]).toEqual({
      apiVersion: 'v1',
      count: 1,
      eventTime: null,
      firstTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      involvedObject: {
        apiVersion: 'source.toolkit.fluxcd.io/v1',
        kind: 'GitRepository',
        name: 'good',
        namespace: toy.namespace,
        resourceVersion: expect.stringMatching(/^\d+$/),
        uid: live.metadata.uid,
      },
      kind: 'Event',
      lastTimestamp: expect.any(String),
      message: 'ConfigMap/good-thing created',
      metadata: {
        annotations: { 'source.toolkit.fluxcd.io/revision': 'main@sha1:1' },
        creationTimestamp: expect.any(String),
        name: expect.stringMatching(/^good\.[0-9a-f]{16}$/),
        namespace: toy.namespace,
        managedFields: expect.any(Array),
        resourceVersion: expect.any(String),
        uid: expect.any(String),
      },
      reason: 'Progressing',
      reportingComponent: 'toy-controller',
      reportingInstance: '',
      source: { component: 'toy-controller' },
      type: 'Normal',
    })
    expect(events[1]).toMatchObject({
      reason: 'Succeeded',
      message: expect.stringContaining('Reconciliation finished in'),
    })
  })
  it('logs with Flux’s keys, and every event at level trace', async () => {
    await toy.ready('good', 'True')
    const lines = logLines.filter((line) => line['name'] === 'good')
    expect(lines.find(({ msg }) => String(msg).startsWith('Reconciliation finished in'))).toMatchObject({
      level: expect.any(String),
      controller: 'gitrepository',
      controllerGroup: 'source.toolkit.fluxcd.io',
      controllerKind: 'GitRepository',
      GitRepository: { name: 'good', namespace: toy.namespace },
      namespace: toy.namespace,
      reconcileID: expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
    expect(lines.some(({ level, reason }) => level === 'trace' && reason === 'Progressing')).toBe(true)
  })
})

describe('triggers', () => {
  it('runs for a new generation and for a request, and for nothing else: not for its own status, not for labels', async () => {
    await toy.create('triggers', 'ok')
    await toy.ready('triggers', 'True')
    await toy.patch('triggers', { metadata: { labels: { a: 'b' }, annotations: { other: 'x' } } })
    await toy.patch('triggers', { status: { observedSparseCheckout: ['x'] } }, 'status')
    await settled('triggers')
    expect(runsOf('triggers')).toBe(2)
    await toy.setPath('triggers', 'ok/again')
    const obj = await toy.ready('triggers', 'True')
    expect(obj.status?.observedGeneration).toBe(2)
    expect(runsOf('triggers')).toBe(3)
  })
  it('tells a run under way that it is superseded', async () => {
    await toy.create('busy', 'overtaken')
    await eventually(() => expect(runsOf('busy')).toBe(1))
    await settled('busy')
    expect(journal.superseded.filter((name) => name === 'busy').length).toBeGreaterThanOrEqual(1)
    expect(runsOf('busy')).toBe(2)
  })
})

it('writes what a user waits for, while nothing else may be asked of the API server', async () => {
  await toy.create('asked', 'ok')
  await toy.ready('asked', 'True')
  const release = Promise.withResolvers<void>()
  const held = Array.from({ length: slotCount }, () => routineRequests.run(() => release.promise))
  try {
    await toy.create('unasked', 'ok')
    await settled('asked')
    expect((await toy.get('unasked')).metadata.finalizers).toBeUndefined()
  } finally {
    release.resolve()
    await Promise.all(held)
  }
  await toy.ready('unasked', 'True')
})

describe('outcomes that are no success', () => {
  it('retries a failure with backoff, and recovers', async () => {
    await toy.create('failing', 'fail/host')
    const obj = await toy.ready('failing', 'False', 'GitOperationFailed')
    expect(checkConditions(obj)).toEqual([])
    expect(obj.status?.observedGeneration).toBe(-1)
    await eventually(() => expect(runsOf('failing')).toBeGreaterThanOrEqual(4))
    const events = await eventually(async () => {
      const found = (await toy.events('failing')).filter(({ reason }) => reason === 'GitOperationFailed')
      expect(found[0]?.count).toBeGreaterThanOrEqual(3)
      return found
    })
    expect(events).toHaveLength(1)
    expect(events[0]).toMatchObject({ type: 'Warning', message: 'no route to host' })
    await toy.setPath('failing', 'ok')
    expect(checkConditions(await toy.ready('failing', 'True'))).toEqual([])
  })
  it('does not try a stalled object again until it changes or somebody asks', async () => {
    await toy.create('stalling', 'stall')
    const obj = await toy.ready('stalling', 'False', 'URLInvalid')
    expect(checkConditions(obj)).toEqual([])
    expect(obj.status?.conditions?.map(({ type }) => type)).toEqual(['Stalled', 'Ready'])
    await settled('stalling')
    expect(runsOf('stalling')).toBe(2)
    await toy.setPath('stalling', 'ok')
    await toy.ready('stalling', 'True')
  })
  it('waits without holding a worker', async () => {
    for (let index = 0; index < 10; index++) await toy.create(`waiting-${index}`, 'wait/3600000')
    for (let index = 0; index < 10; index++) await toy.ready(`waiting-${index}`, 'False', 'DependencyNotReady')
    await toy.create('beside', 'ok')
    await toy.ready('beside', 'True')
    // a run counts until a moment after its status
    const working = 'controller_runtime_active_workers{controller="gitrepository"}'
    await eventually(async () => expect(await metric(working)).toBe(0))
  })
  it('counts a thrown error as a bug and goes on', async () => {
    await toy.create('throwing', 'throw')
    const obj = await toy.ready('throwing', 'False', 'ReconciliationFailed')
    expect(checkConditions(obj)).toEqual([])
    // counted when the run has ended, a moment after its status
    const panics = 'controller_runtime_reconcile_panics_total{controller="gitrepository"}'
    await eventually(async () => expect(await metric(panics)).toBeGreaterThan(0))
    const line = logLines.find(({ name, level }) => name === 'throwing' && level === 'error')
    expect(line?.['stacktrace']).toContain('toy-controller.ts')
    await toy.setPath('throwing', 'ok')
    await toy.ready('throwing', 'True')
  })
})

describe('suspension and deletion', () => {
  it('leaves a suspended object alone and takes it up again', async () => {
    await toy.create('suspended', 'ok', { suspend: true })
    await eventually(async () => expect((await toy.get('suspended')).metadata.finalizers).toEqual([toyFinalizer]))
    await toy.patch('suspended', { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': 'x' } } })
    await eventually(() =>
      expect(
        logLines.filter(({ name, msg }) => name === 'suspended' && String(msg).includes('suspended')).length,
      ).toBeGreaterThanOrEqual(2),
    )
    expect(runsOf('suspended')).toBe(0)
    expect((await toy.get('suspended')).status?.conditions).toBeUndefined()
    await toy.patch('suspended', { spec: { suspend: false } })
    await toy.ready('suspended', 'True')
  })
  it('cleans up, reports it, removes its finalizer alone, and forgets the object’s metrics', async () => {
    await toy.create('dying', 'ok')
    await toy.ready('dying', 'True')
    const series = `gotk_reconcile_duration_seconds_count{kind="GitRepository",name="dying",namespace="${toy.namespace}"}`
    // counted when the run has ended, a moment after its status
    await eventually(async () => expect(await metric(series)).toBeGreaterThan(0))
    await toy.patch('dying', { metadata: { finalizers: [toyFinalizer, 'example.com/theirs'] } })
    await toy.delete('dying')
    await eventually(async () => expect((await toy.get('dying')).metadata.finalizers).toEqual(['example.com/theirs']))
    await toy.patch('dying', { metadata: { finalizers: [] } })
    await toy.gone('dying')
    expect(journal.finalized.filter((name) => name === 'dying')).toHaveLength(1)
    await eventually(async () => expect((await toy.events('dying')).map(({ reason }) => reason)).toContain('Deleted'))
    await eventually(async () => expect(await metric(series)).toBeUndefined())
  })
  it('tries a clean-up that fails again and says why', async () => {
    await toy.create('stuck', 'ok/stuck')
    await toy.ready('stuck', 'True')
    await toy.delete('stuck')
    const obj = await toy.ready('stuck', 'False', 'Failed')
    expect(obj.status?.conditions?.find(({ type }) => type === 'Ready')?.message).toBe('cannot clean up')
    await toy.setPath('stuck', 'ok')
    await toy.gone('stuck')
  })
  it('is not disturbed by an object that goes while it is reconciled, nor by its successor', async () => {
    await toy.create('fleeting', 'slow/300')
    await eventually(() => expect(runsOf('fleeting')).toBe(1))
    await toy.patch('fleeting', { metadata: { finalizers: [] } })
    await toy.delete('fleeting')
    await toy.gone('fleeting')
    await toy.create('fleeting', 'ok')
    expect(checkConditions(await toy.ready('fleeting', 'True'))).toEqual([])
  })
})

describe('the process', () => {
  it('serves probes and metrics', async () => {
    const { manager } = created
    const get = async (address: string | undefined, path: string): Promise<string> =>
      (await fetch(`http://${address}${path}`)).text()
    expect(await get(manager.address('health'), '/healthz')).toBe('ok')
    expect(await get(manager.address('health'), '/readyz')).toBe('ok')
    const text = await get(manager.address('metrics'), '/metrics')
    expect(text).toContain('controller_runtime_reconcile_total{controller="gitrepository",result="requeue_after"}')
    expect(text).toMatch(/rest_client_requests_total\{code="200",host="127\.0\.0\.1:\d+",method="PATCH"\}/)
  })
  it('spends on a run what it reports: here one patch for the progress, one for the result, one event', async () => {
    const writes = async (): Promise<number> => {
      const text = await created.metrics.registry.metrics()
      const counts = text
        .split('\n')
        .filter((line) => /^rest_client_requests_total\{.*method="(PATCH|POST|PUT)"/.test(line))
      return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
    }
    const isDrained = async (): Promise<void> => expect(await metric('tidelock_event_spool_records')).toBe(0)
    await toy.ready('good', 'True')
    // the count is that of the process: a try in which another object was retried says nothing
    await eventually(async () => {
      await isDrained()
      const before = await writes()
      await settled('good')
      await eventually(isDrained)
      expect((await writes()) - before).toBe(3)
    })
  })
})
