// SPDX-License-Identifier: Apache-2.0
import { beforeEach, describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { Condition, KustomizationSpec } from '@tidelock/api'
import type { Action, ChangeSet, HealthOutcome, HealthTarget } from '@tidelock/ssa'
import { FakeClock } from '@tidelock/testkit'
import type { TargetedRun } from '../dependencies.ts'
import { SecretValues } from '../secret-values.ts'
import { WaitRegistry } from '../wait-registry.ts'
import { builtInRules } from '../expressions/health-rules.ts'
import { checkHealth } from './check-health.ts'
import type { Applied } from './check-health.ts'

const key = { namespace: 'ns', name: 'app' }
let clock: FakeClock
let waits: WaitRegistry
let tracked: { readonly targets: string[]; end(outcome: HealthOutcome): void; readonly isCancelled: () => boolean }[]
/** Outcome of the first look of waits to come. */
let firstLook: HealthOutcome | undefined
let enqueued: number
let events: string[]
beforeEach(() => {
  clock = new FakeClock()
  waits = new WaitRegistry(clock)
  tracked = []
  firstLook = undefined
  enqueued = 0
  events = []
})

function track(targets: readonly HealthTarget[]) {
  const { promise: outcome, resolve } = Promise.withResolvers<HealthOutcome>()
  const wait = {
    outcome,
    looked: Promise.resolve(),
    ended: firstLook,
    reports: () => [],
    cancel: () => end({ kind: 'cancelled' }),
  }
  const end = (ended: HealthOutcome): void => {
    wait.ended ??= ended
    resolve(wait.ended)
  }
  const isCancelled = (): boolean => wait.ended?.kind === 'cancelled'
  tracked.push({ targets: targets.map(({ ref }) => `${ref.apiVersion}/${ref.kind}/${ref.name}`), end, isCancelled })
  return wait
}

const resolve = async ({ kind }: { kind: string }): Promise<object> => {
  if (kind === 'Unknown') throw new Error('no matches for kind "Unknown"')
  return { kind, namespaced: kind !== 'Namespace' }
}

interface RunOptions {
  readonly spec?: Partial<KustomizationSpec>
  readonly generation?: number
  readonly healthy?: Condition['status']
  readonly revision?: string
}

function run({ spec = { wait: true }, generation = 1, healthy, revision = 'r1' }: RunOptions = {}): TargetedRun {
  const conditions =
    healthy === undefined
      ? []
      : [{ type: 'Healthy', status: healthy, reason: 'X', message: '', lastTransitionTime: '' }]
  return {
    ctx: { signal: new AbortController().signal },
    healthRules: builtInRules,
    obj: {
      kind: 'Kustomization',
      metadata: { ...key, generation },
      spec: { interval: '1h', ...spec },
      status: { conditions },
    },
    key,
    revision,
    startedMs: clock.monotonic(),
    secrets: new SecretValues(),
    progress: { event: ({ message }: { message: string }) => events.push(message) },
    target: { id: 't1', health: { track }, observer: { resolve } },
    deps: { clock, waits, options: { failFast: true }, enqueue: () => (enqueued += 1) },
  } as unknown as TargetedRun
}

const entry = (name: string, action: Action = 'unchanged', kind = 'ConfigMap'): ChangeSet[number] => ({
  object: { apiVersion: 'v1', kind, namespace: 'ns', name },
  subject: name,
  action,
})

const applied = (over: Partial<Applied> = {}): Applied => ({
  changeSet: [entry('a')],
  buildDigest: 'd1',
  isNewRevision: false,
  drifted: false,
  ...over,
})

describe('what is waited for', () => {
  it('is all that was applied, without what was skipped and the Kustomization itself', async () => {
    const changeSet = [
      entry('a'),
      entry('b', 'skipped'),
      entry('c', 'created'),
      entry('app', 'unchanged', 'Kustomization'),
    ]
    await checkHealth(run(), applied({ changeSet }))
    expect(tracked[0]?.targets).toEqual(['v1/ConfigMap/a', 'v1/ConfigMap/c'])
  })

  it('is what healthChecks name, of apps/v1 where they name no version', async () => {
    const healthChecks = [
      { kind: 'Deployment', name: 'x', namespace: 'ns' },
      { apiVersion: 'batch/v1', kind: 'Job', name: 'y', namespace: 'ns' },
    ]
    await checkHealth(run({ spec: { healthChecks } }), applied())
    expect(tracked[0]?.targets).toEqual(['apps/v1/Deployment/x', 'batch/v1/Job/y'])
  })

  it('may be nothing: then nothing is said of health', async () => {
    const each = run({ spec: {}, healthy: 'True' })
    expect(await checkHealth(each, applied())).toMatchObject({ kind: 'next' })
    expect([tracked, getCondition(each.obj, 'Healthy')]).toEqual([[], undefined])
  })
})

describe('a wait', () => {
  it('is over at the first look where all is healthy', async () => {
    firstLook = { kind: 'healthy' }
    const each = run()
    expect(await checkHealth(each, applied())).toMatchObject({ kind: 'next' })
    expect(getCondition(each.obj, 'Healthy')).toMatchObject({ status: 'True', message: 'Health check passed in 0s' })
    expect([events, waits.get(key)]).toEqual([['Health check passed in 0s'], undefined])
  })

  it.each([
    ['healthy before', { healthy: 'True' }, {}, []],
    ['healthy before, new revision without drift', { healthy: 'True' }, { isNewRevision: true }, []],
    [
      'healthy before, new revision with drift',
      { healthy: 'True' },
      { isNewRevision: true, drifted: true },
      ['Health check passed in 0s'],
    ],
    ['unhealthy before', { healthy: 'False' }, {}, ['Health check passed in 0s']],
  ] as const)('%s: events %#', async (_name, options, over, expected) => {
    firstLook = { kind: 'healthy' }
    await checkHealth(run(options), applied(over))
    expect(events).toEqual(expected)
  })

  it('ends the run, and the object is put on the queue when it is over', async () => {
    const step = await checkHealth(run(), applied())
    const message = 'Running health checks for revision r1 with a timeout of 59m30s'
    expect(step).toMatchObject({
      kind: 'waiting',
      ready: 'Unknown',
      reason: 'Progressing',
      underWay: message,
      event: false,
    })
    expect(step).toHaveProperty('retryAfterMs', 59.5 * 60_000 + 1000)
    await clock.advance(2500)
    tracked[0]?.end({ kind: 'healthy' })
    await clock.advance(0)
    expect(enqueued).toBe(1)
    expect(await checkHealth(run(), applied())).toMatchObject({ kind: 'next' })
    expect([tracked.length, events]).toEqual([1, ['Health check passed in 2.5s']])
  })

  it.each([
    ['another revision that renders the same', { revision: 'r2' }, {}, false],
    ['another stream', {}, { buildDigest: 'd2' }, true],
    ['another generation', { generation: 2 }, {}, true],
    ['a change by this run', {}, { drifted: true }, true],
    ['other objects', {}, { changeSet: [entry('a'), entry('b')] }, true],
  ] as const)('begins anew for %s: %#', async (_name, options, over, anew) => {
    await checkHealth(run(), applied())
    expect(await checkHealth(run(options), applied(over))).toMatchObject({ kind: 'waiting' })
    expect([tracked.length, tracked[0]?.isCancelled()]).toEqual(anew ? [2, true] : [1, false])
  })

  it('begins anew where its outcome lay too long', async () => {
    await checkHealth(run(), applied())
    tracked[0]?.end({ kind: 'healthy' })
    await clock.advance(0)
    await clock.advance(10_000)
    expect(await checkHealth(run(), applied())).toMatchObject({ kind: 'waiting' })
    expect(tracked).toHaveLength(2)
  })

  it('that fails is a failure, tried again after the retry interval', async () => {
    const spec = { wait: true, retryInterval: '2m' }
    await checkHealth(run({ spec }), applied())
    await clock.advance(1000)
    tracked[0]?.end({ kind: 'failed', message: 'failed early: [x]', reports: [] })
    await clock.advance(0)
    const each = run({ spec })
    expect(await checkHealth(each, applied())).toMatchObject({
      kind: 'failed',
      reason: 'HealthCheckFailed',
      error: new Error('health check failed after 1s: failed early: [x]'),
      retryAfterMs: 120_000,
    })
    expect(getCondition(each.obj, 'Healthy')).toMatchObject({ status: 'False', reason: 'HealthCheckFailed' })
    expect(waits.get(key)).toBeUndefined()
  })

  it('refuses a list of checks without end, and says what to do', async () => {
    const healthChecks = Array.from({ length: 2001 }, (_, each) => ({ kind: 'Deployment', name: `d-${each}` }))
    const tooMany = run({ spec: { healthChecks } })
    const ended = await checkHealth(tooMany, applied())
    expect(ended).toMatchObject({ kind: 'failed', reason: 'HealthCheckFailed' })
    const message = 'error' in ended ? ended.error.message : ''
    expect(message).toMatch(
      /^health check failed: spec\.healthChecks names 2001 objects, at most 2000 .*: split the Kustomization/,
    )
    expect(getCondition(tooMany.obj, 'Healthy')).toMatchObject({ status: 'False', reason: 'HealthCheckFailed' })
    expect(tracked).toEqual([])
  })

  it.each([
    ['no API version', { apiVersion: 'a/b/c', kind: 'Thing' }, 'unexpected GroupVersion string: a/b/c'],
    [
      'no namespace',
      { kind: 'Deployment' },
      'resource Deployment.apps x is namespace scoped, but namespace is not set',
    ],
    [
      'no namespace either',
      { apiVersion: 'v1', kind: 'Secret', namespace: '' },
      'resource Secret x is namespace scoped,',
    ],
  ])('does not wait for what can never be: %s', async (_title, check, words) => {
    const ended = await checkHealth(run({ spec: { healthChecks: [{ ...check, name: 'x' }] } }), applied())
    expect(ended).toMatchObject({ kind: 'failed', reason: 'HealthCheckFailed' })
    expect('error' in ended ? ended.error.message : '').toContain(`health check failed: ${words}`)
    expect(tracked).toEqual([])
  })

  it.each([
    { apiVersion: 'v1', kind: 'Namespace', name: 'x' },
    { apiVersion: 'example.com/v1', kind: 'Unknown', name: 'x' },
  ])('waits for $kind without a namespace', async (check) => {
    expect(await checkHealth(run({ spec: { healthChecks: [check] } }), applied())).toMatchObject({ kind: 'waiting' })
    expect(tracked).toHaveLength(1)
  })
})
