// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ObjectKey } from '@tidelock/api'
import { RequestSlots } from '@tidelock/kube'
import type { KubeClient, ObjectRef } from '@tidelock/kube'
import { createLogger } from '@tidelock/runtime'
import type { Suspect } from '@tidelock/ssa'
import { FakeClock } from '@tidelock/testkit'
import type { Settings } from '../annotations.ts'
import { noKinds } from '../guards/kind-set.ts'
import type { DriftMetrics } from './metrics.ts'
import { watchDrift } from './drift-watch.ts'
import type { SuspectListener } from '../target/targets.ts'

const owner = { namespace: 'ns', name: 'app' }
const object = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'target', name: 'c' }
const who = { culprit: 'kubectl-edit', managers: ['kubectl-edit'] }
const suspicion: Suspect = { owner, object, cause: 'changed', ...who, urgency: 'now', repeated: false }

/** What the API server has, by `Kind/name`; a function is called. */
let live: Record<string, object | (() => object)>
let clock: FakeClock
let enqueued: ObjectKey[]
let left: string[]
let raise: (suspect: Suspect) => void
let routineRequests: RequestSlots
let stop: AbortController
let ended: Promise<void>
beforeEach(() => {
  live = { 'Kustomization/app': { metadata: {}, spec: {} }, 'Namespace/target': { metadata: {} } }
  clock = new FakeClock()
  routineRequests = new RequestSlots({ slots: 2, besideUrgent: 1, clock })
  enqueued = []
  raise = () => undefined
  stop = new AbortController()
  const find = async ({ kind, name }: ObjectRef): Promise<object | undefined> => {
    const found = live[`${kind}/${name}`]
    return typeof found === 'function' ? found() : found
  }
  const client = { find } as unknown as KubeClient
  const onSuspect = (listener: SuspectListener): (() => void) => {
    raise = (suspect) => listener(suspect, client)
    return () => (raise = () => undefined)
  }
  const log = createLogger({ level: 'error', encoding: 'json' }, { write: () => true })
  const enqueue = (key: ObjectKey): void => void enqueued.push(key)
  left = []
  const metrics: DriftMetrics = {
    detected: () => undefined,
    corrected: () => undefined,
    left: (_cause, reason) => void left.push(reason),
    drifted: () => undefined,
    forget: () => undefined,
  }
  const drift = { metrics }
  const defaults: Settings = {
    drift: 'correct',
    pruneBudget: undefined,
    protectedKinds: noKinds,
    refuseEmptySource: false,
  }
  ended = watchDrift(
    { routineRequests, client, clock, targets: { onSuspect }, drift, defaults, log, enqueue },
    stop.signal,
  )
})
afterEach(async () => {
  stop.abort()
  await ended
})

async function look(...suspects: Partial<Suspect>[]): Promise<ObjectKey[]> {
  for (const suspect of suspects) raise({ ...suspicion, ...suspect })
  await clock.advance(0)
  return enqueued
}

const deletionTimestamp = '2026-01-01T00:00:00Z'

describe('watchDrift', () => {
  it('puts the owner on the queue, once for suspects that come while it looks', async () => {
    expect(await look({}, {}, {})).toEqual([owner, owner])
  })

  it('has the run decide what can wait, but for what another Kustomization applied', async () => {
    expect(await look({ urgency: 'interval', cause: 'owner-changed' })).toEqual([])
    expect(await look({ urgency: 'interval' })).toEqual([owner])
  })

  it('has others ask less of the API server while it looks', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    live['Namespace/target'] = () => promise
    expect(await look({})).toEqual([])
    const started: string[] = []
    const ends = Promise.withResolvers<void>()
    const run = async (name: string): Promise<void> => {
      await routineRequests.run(async () => {
        started.push(name)
        await ends.promise
      })
    }
    const all = [run('first'), run('second')]
    await clock.advance(0)
    expect(started).toEqual(['first'])
    resolve({ metadata: {} })
    await clock.advance(0)
    expect(enqueued).toEqual([owner])
    expect(started).toEqual(['first', 'second'])
    ends.resolve()
    await Promise.all(all)
  })

  const off = { annotations: { 'kustomize.tidelock.dev/drift': 'off' } }
  it.each([
    ['suspended', 'suspended', 'Kustomization/app', { metadata: {}, spec: { suspend: true } }],
    ['being deleted', 'deleting', 'Kustomization/app', { metadata: { deletionTimestamp }, spec: {} }],
    ['gone', 'deleting', 'Kustomization/app', undefined],
    ['in a namespace that goes', 'deleting', 'Namespace/target', { metadata: { deletionTimestamp } }],
    ['turned off', 'off', 'Kustomization/app', { metadata: off, spec: {} }],
  ])('leaves alone what is %s', async (_name, reason, id, state) => {
    live = { ...live, [id]: state as object }
    expect(await look({})).toEqual([])
    expect(left).toEqual([reason])
  })

  it('leaves an object to another Kustomization that its labels name, if that exists', async () => {
    const lost = { cause: 'owner-changed', newOwner: { namespace: 'ns', name: 'other' } } as const
    expect(await look(lost)).toEqual([owner])
    live['Kustomization/other'] = { metadata: {}, spec: {} }
    expect(await look(lost)).toEqual([owner])
    expect(await look(lost, {})).toEqual([owner, owner])
  })

  it('asks a server that is away again', async () => {
    let failures = 2
    live['Kustomization/app'] = () => {
      if (failures-- > 0) throw new Error('away')
      return { metadata: {}, spec: {} }
    }
    expect(await look({})).toEqual([])
    await clock.advance(1000)
    expect(enqueued).toEqual([])
    await clock.advance(2000)
    expect(enqueued).toEqual([owner])
  })
})
