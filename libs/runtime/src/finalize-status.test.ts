// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { getCondition } from '@tidelock/api'
import type { ApiObject, Condition } from '@tidelock/api'
import { checkConditions } from '@tidelock/testkit'
import { constantFrom, integer, option, record, assert, property, boolean } from 'fast-check'
import type { ConditionTable } from './condition-table.ts'
import { finalizeStatus } from './finalize-status.ts'
import type { Finalized, Thrown } from './finalize-status.ts'
import type { Outcome } from './outcome.ts'

const plain: ConditionTable = {
  owned: ['Ready', 'Reconciling', 'Stalled'],
  summarize: [],
  negativePolarity: [],
  progressMakesReadyUnknown: true,
}
const source: ConditionTable = {
  owned: ['Ready', 'Reconciling', 'Stalled', 'FetchFailed', 'ArtifactInStorage', 'SourceVerified'],
  summarize: ['FetchFailed', 'ArtifactInStorage', 'SourceVerified', 'Stalled', 'Reconciling'],
  negativePolarity: ['FetchFailed', 'Stalled', 'Reconciling'],
  biPolarity: ['SourceVerified'],
  progressMakesReadyUnknown: false,
}
const now = new Date('2026-03-04T05:06:07Z')
const before = '2026-01-01T00:00:00Z'

function condition(type: string, status: Condition['status'], reason: string, message: string): Condition {
  return { type, status, reason, message, lastTransitionTime: before, observedGeneration: 1 }
}

function object(conditions: readonly Condition[], requestedAt?: string): ApiObject {
  const annotations =
    requestedAt === undefined ? {} : { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } }
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: { name: 'shop', namespace: 'apps', uid: 'u', generation: 2, ...annotations },
    spec: {},
    status: { conditions: [...conditions], observedGeneration: 1 },
  }
}

const progressing = [
  condition('Reconciling', 'True', 'Progressing', 'Building manifests'),
  condition('Ready', 'Unknown', 'Progressing', 'Reconciliation in progress'),
]
const stalledBefore = [condition('Stalled', 'True', 'InvalidURL', 'x'), condition('Ready', 'False', 'InvalidURL', 'x')]

function finalize(
  outcome: Outcome | Thrown,
  obj: ApiObject = object(progressing),
  extra: { table?: ConditionTable; retryIntervalMs?: number; shown?: Condition } = {},
): Finalized<ApiObject> {
  return finalizeStatus({
    obj,
    outcome,
    table: extra.table ?? plain,
    now,
    durationMs: 1234,
    intervalMs: 600_000,
    retryIntervalMs: extra.retryIntervalMs,
    backoffMs: 1500,
    shown: extra.shown,
  })
}

function conditionsOf({ obj }: { readonly obj: ApiObject }): Record<string, string> {
  const { conditions = [] } = obj.status ?? {}
  return Object.fromEntries(
    conditions.map(({ type, status, reason, message }) => [type, `${status} ${reason}: ${message}`]),
  )
}

const error = new Error('build failed', { cause: new Error('no such file') })
const rows: readonly [string, Outcome | Thrown, object][] = [
  [
    'succeeded',
    { kind: 'succeeded', reason: 'ReconciliationSucceeded', message: 'Applied revision: main' },
    {
      conditions: { Ready: 'True ReconciliationSucceeded: Applied revision: main' },
      observedGeneration: 2,
      requeue: { kind: 'after', afterMs: 600_000, jitter: true },
      log: { level: 'info', message: 'Reconciliation finished in 1.234s, next run in 10m0s' },
      event: undefined,
      result: 'requeue_after',
    },
  ],
  [
    'waiting',
    {
      kind: 'waiting',
      reason: 'DependencyNotReady',
      message: "dependency 'apps/db' is not ready",
      retryAfterMs: 30_000,
    },
    {
      conditions: {
        Ready: "False DependencyNotReady: dependency 'apps/db' is not ready",
        Reconciling: 'True ProgressingWithRetry: Building manifests',
      },
      observedGeneration: 1,
      requeue: { kind: 'after', afterMs: 30_000, jitter: false },
      log: { level: 'info', message: "dependency 'apps/db' is not ready" },
      event: { severity: 'info', reason: 'DependencyNotReady', message: "dependency 'apps/db' is not ready" },
      result: 'requeue_after',
    },
  ],
  [
    'failed',
    { kind: 'failed', reason: 'BuildFailed', error },
    {
      conditions: {
        Ready: 'False BuildFailed: build failed: no such file',
        Reconciling: 'True ProgressingWithRetry: Building manifests',
      },
      observedGeneration: 1,
      requeue: { kind: 'backoff' },
      log: { level: 'error', message: 'Reconciliation failed after 1.234s, next try in 1.5s', error },
      event: { severity: 'error', reason: 'BuildFailed', message: 'build failed: no such file' },
      result: 'error',
    },
  ],
  [
    'stalled',
    { kind: 'stalled', reason: 'InvalidCELExpression', error },
    {
      conditions: {
        Ready: 'False InvalidCELExpression: build failed: no such file',
        Stalled: 'True InvalidCELExpression: build failed: no such file',
      },
      observedGeneration: 1,
      requeue: { kind: 'none' },
      log: { level: 'error', message: 'Reconciliation stalled', error },
      event: { severity: 'error', reason: 'InvalidCELExpression', message: 'build failed: no such file' },
      result: 'error',
      terminal: true,
    },
  ],
  [
    'thrown',
    { kind: 'thrown', error },
    {
      conditions: {
        Ready: 'False ReconciliationFailed: build failed: no such file',
        Reconciling: 'True ProgressingWithRetry: Building manifests',
      },
      observedGeneration: 1,
      requeue: { kind: 'backoff' },
      log: { level: 'error', message: 'Reconciliation failed after 1.234s, next try in 1.5s', error },
      event: { severity: 'error', reason: 'ReconciliationFailed', message: 'build failed: no such file' },
      result: 'error',
      bug: true,
    },
  ],
]

describe('finalizeStatus', () => {
  it.each(rows)('turns %s into conditions, generation, requeue, log, event and metric', (_name, outcome, expected) => {
    const finalized = finalize(outcome)
    const { requeue, log, event, result, terminal, bug, obj } = finalized
    expect({
      conditions: conditionsOf(finalized),
      observedGeneration: obj.status?.observedGeneration,
      ...{ requeue, log, event, result, terminal, bug },
    }).toEqual({ terminal: false, bug: false, ...expected })
  })
  it.each(rows)('after a stall, %s leaves no second verdict standing', (_name, outcome) => {
    const { obj } = finalize(outcome, object(stalledBefore))
    expect(checkConditions(obj)).toEqual([])
    expect(getCondition(obj, 'Stalled') === undefined).toBe(outcome.kind !== 'stalled')
  })
  it.each(rows)('%s acknowledges the request and leaves its input alone', (_name, outcome) => {
    const obj = object(progressing, 'token-7')
    const copy = structuredClone(obj)
    expect(finalize(outcome, obj).obj.status?.lastHandledReconcileAt).toBe('token-7')
    expect(obj).toEqual(copy)
  })

  it('takes exact delays from the outcome, without jitter', () => {
    expect(finalize({ kind: 'succeeded', requeueAfterMs: 5 }).requeue).toEqual({
      kind: 'after',
      afterMs: 5,
      jitter: false,
    })
    const at = { kind: 'waiting', reason: 'HealthCheckCanceled', message: 'm', retryAfterMs: 0 } as const
    expect(finalize(at)).toMatchObject({ requeue: { afterMs: 0 }, result: 'requeue' })
    const failed = { kind: 'failed', reason: 'X', error, retryAfterMs: 7000 } as const
    expect(finalize(failed, undefined, { retryIntervalMs: 9000 }).requeue).toMatchObject({ afterMs: 7000 })
  })
  it('retries a failure after the interval of the kind, but a bug with backoff', () => {
    const extra = { retryIntervalMs: 120_000 }
    const failed = finalize({ kind: 'failed', reason: 'X', error }, undefined, extra)
    expect(failed.requeue).toEqual({ kind: 'after', afterMs: 120_000, jitter: false })
    expect(failed.log.message).toBe('Reconciliation failed after 1.234s, next try in 2m0s')
    expect(finalize({ kind: 'thrown', error }, undefined, extra).requeue).toEqual({ kind: 'backoff' })
  })
  it.each([
    ['the same', 'm', 'ProgressingWithRetry', before],
    ['another end', 'n', 'ProgressingWithRetry', '2026-03-04T05:06:07Z'],
    ['work under way', 'm', 'Progressing', '2026-03-04T05:06:07Z'],
  ])('where Reconciling had shown %s, gives a retry the right time', (_name, message, reason, time) => {
    const outcome = { kind: 'waiting', reason: 'DependencyNotReady', message: 'm', retryAfterMs: 1 } as const
    const shown = condition('Reconciling', 'True', reason, message)
    const { obj } = finalize(outcome, object([]), { shown })
    expect(getCondition(obj, 'Reconciling')).toEqual({
      ...condition('Reconciling', 'True', 'ProgressingWithRetry', 'm'),
      lastTransitionTime: time,
      observedGeneration: 2,
    })
    expect(obj.status?.conditions).toHaveLength(2)
  })
  it('counts a generation as observed where the outcome says so', () => {
    const of = (outcome: Outcome): number | undefined => finalize(outcome).obj.status?.observedGeneration
    expect(of({ kind: 'stalled', reason: 'X', error, observe: true })).toBe(2)
    expect(of({ kind: 'succeeded', observe: false })).toBe(1)
  })
  it('shows Unknown where a wait asks for it', () => {
    const outcome = { kind: 'waiting', reason: 'Progressing', message: 'm', retryAfterMs: 1, ready: 'Unknown' } as const
    expect(conditionsOf(finalize(outcome))['Ready']).toBe('Unknown Progressing: m')
  })
  it('lets an outcome change or drop its event, and give its own words to the condition', () => {
    const failed = { kind: 'failed', reason: 'X', error } as const
    expect(finalize({ ...failed, event: false }).event).toBeUndefined()
    expect(finalize({ ...failed, event: { message: 'short' } }).event).toMatchObject({
      severity: 'error',
      message: 'short',
    })
    expect(conditionsOf(finalize({ ...failed, message: 'words' }))['Ready']).toBe('False X: words')
    const succeeded = finalize({ kind: 'succeeded', message: 'm', event: { reason: 'NewArtifact', message: 'stored' } })
    expect(succeeded.event).toEqual({ severity: 'info', reason: 'NewArtifact', message: 'stored' })
  })
  it('keeps secrets out of conditions and events', () => {
    const secret = new Error('fetching https://me:hunter2@host/x?token=abc')
    const { obj, event } = finalize({ kind: 'failed', reason: 'X', error: secret })
    expect(JSON.stringify([obj.status, event])).not.toMatch(/hunter2|abc/)
  })
})

describe('finalizeStatus with a summary', () => {
  const stored = condition('ArtifactInStorage', 'True', 'Succeeded', "stored artifact for revision 'main'")
  it('takes reason and message of Ready from the summary', () => {
    const finalized = finalize({ kind: 'succeeded' }, object([...progressing, stored]), { table: source })
    expect(conditionsOf(finalized)['Ready']).toBe("True Succeeded: stored artifact for revision 'main'")
  })
  it.each([
    ['a bad condition', condition('FetchFailed', 'True', 'GitOperationFailed', 'no route')],
    ['a bipolar one that is False', condition('SourceVerified', 'False', 'GitOperationFailed', 'no route')],
  ])('does not call it a success beside %s', (_name, bad) => {
    const finalized = finalize({ kind: 'succeeded' }, object([...progressing, stored, bad]), { table: source })
    expect(finalized).toMatchObject({ requeue: { kind: 'backoff' }, result: 'error' })
    expect(conditionsOf(finalized)['Ready']).toBe('False GitOperationFailed: no route')
    expect(checkConditions(finalized.obj)).toEqual([])
  })
})

describe('finalizeStatus always', () => {
  const outcome = record({
    kind: constantFrom('succeeded', 'waiting', 'failed', 'stalled', 'thrown'),
    reason: constantFrom('A', 'B'),
    message: constantFrom('m', 'n'),
    retryAfterMs: integer({ min: 0, max: 10 }),
    observe: option(boolean(), { nil: undefined }),
  })
  const earlier = constantFrom([], progressing, stalledBefore, [condition('Ready', 'True', 'A', 'm')])
  it('leaves conditions that hold together, and is idempotent', () => {
    const holds = property(outcome, earlier, (drawn, conditions) => {
      const { observe, ...rest } = drawn
      const isReadyOutcome = drawn.kind === 'succeeded'
      const full = { ...rest, error, ...(observe === undefined || isReadyOutcome ? {} : { observe }) } as
        | Outcome
        | Thrown
      const once = finalize(full, object(conditions))
      expect(checkConditions(once.obj)).toEqual([])
      expect(finalize(full, once.obj).obj.status).toEqual(once.obj.status)
    })
    assert(holds)
  })
})
