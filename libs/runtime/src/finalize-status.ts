// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Condition } from '@tidelock/api'
import {
  formatDuration,
  getCondition,
  markFalse,
  markReconciling,
  markStalled,
  markUnknown,
  readyCondition,
  reconcileRequest,
  reconcilingCondition,
  removeCondition,
  setCondition,
  stalledCondition,
} from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import type { ConditionTable } from './condition-table.ts'
import type { EventDraft, Failed, Outcome, Reason, Stalled, Succeeded, Waiting } from './outcome.ts'
import { summarize } from './summarize.ts'

/** A reconciler threw: a bug, as everything expected is an outcome. */
export interface Thrown {
  readonly kind: 'thrown'
  readonly error: Error
}

/** What `finalizeStatus` decides from. */
export interface FinalizeInput<T extends ApiObject> {
  /** The object as the run left it. Not changed. */
  readonly obj: T
  readonly outcome: Outcome | Thrown
  readonly table: ConditionTable
  readonly now: Date
  readonly durationMs: number
  /** Time to the next run after success, before jitter. */
  readonly intervalMs: number
  /** Time to the next run after a failure that names none. Absent: backoff. */
  readonly retryIntervalMs?: number | undefined
  /** What the backoff would come to now, for the log. */
  readonly backoffMs: number
  /** Reconciling as the server has it: an attempt that ends as the one before it did leaves its time, so that nothing is to be written. */
  readonly shown?: Condition | undefined
}

/** When the object is to be reconciled again. */
export type Requeue =
  | { readonly kind: 'after'; readonly afterMs: number; readonly jitter: boolean }
  | { readonly kind: 'backoff' }
  | { readonly kind: 'none' }

/** Everything that follows from an outcome. */
export interface Finalized<T extends ApiObject> {
  /** The object with its new status; a copy where anything changed. */
  readonly obj: T
  readonly requeue: Requeue
  readonly log: { readonly level: 'info' | 'error'; readonly message: string; readonly error?: Error }
  /** The outcome's own event. Absent: none, or for a success that of the kind. */
  readonly event: EventDraft | undefined
  /** Label of `controller_runtime_reconcile_total`. */
  readonly result: 'success' | 'error' | 'requeue' | 'requeue_after'
  /** Whether it counts as terminal error, and whether as bug. */
  readonly terminal: boolean
  readonly bug: boolean
}

const retrying: Reason = 'ProgressingWithRetry'

/**
 * The one place where an outcome becomes conditions, observed generation, requeue, log line, event and metric. Pure:
 * same input, same output, and the input stays as it was. Rules: style.md 3 and reference/flux/behaviour.md 1.
 */
export function finalizeStatus<T extends ApiObject>(input: FinalizeInput<T>): Finalized<T> {
  const obj = withOwnStatus(input.obj)
  const { outcome } = input
  const handled = reconcileRequest(obj)
  const isOver = outcome.kind !== 'waiting' || outcome.underWay === undefined
  if (handled !== undefined && isOver) obj.status.lastHandledReconcileAt = handled
  switch (outcome.kind) {
    case 'succeeded':
      return finalizeSucceeded(input, obj, outcome)
    case 'waiting':
      return finalizeWaiting(input, obj, outcome)
    case 'failed':
      return finalizeFailed(input, obj, outcome)
    case 'stalled':
      return finalizeStalled(input, obj, outcome)
    case 'thrown':
      break
  }
  return finalizeThrown(input, obj, outcome)
}

type WithStatus<T extends ApiObject> = T & { status: NonNullable<T['status']> }

function withOwnStatus<T extends ApiObject>(obj: T): WithStatus<T> {
  return { ...obj, status: { ...obj.status } }
}

function observe<T extends ApiObject>(obj: WithStatus<T>, observed: boolean): void {
  if (observed && obj.metadata.generation !== undefined) obj.status.observedGeneration = obj.metadata.generation
}

function finalizeSucceeded<T extends ApiObject>(
  input: FinalizeInput<T>,
  obj: WithStatus<T>,
  outcome: Succeeded,
): Finalized<T> {
  removeCondition(obj, reconcilingCondition)
  removeCondition(obj, stalledCondition)
  const summary = summarize(obj, input.table)
  // a success beside a condition that says otherwise is tried again, as Flux does
  if (summary !== undefined && summary.status !== 'True') {
    const error = new Error(summary.message)
    return finalizeFailed(input, obj, { kind: 'failed', reason: summary.reason, error, event: false })
  }
  const reason = outcome.reason ?? summary?.reason ?? 'Succeeded'
  const message = redact(outcome.message ?? summary?.message ?? 'reconciliation succeeded')
  setCondition(obj, { type: readyCondition, status: 'True', reason, message }, input.now)
  observe(obj, outcome.observe ?? true)
  const { requeueAfterMs = input.intervalMs } = outcome
  const took = formatDuration(input.durationMs)
  return {
    obj,
    requeue: { kind: 'after', afterMs: requeueAfterMs, jitter: outcome.requeueAfterMs === undefined },
    log: {
      level: 'info',
      message: `Reconciliation finished in ${took}, next run in ${formatDuration(requeueAfterMs)}`,
    },
    event: typeof outcome.event === 'object' ? { severity: 'info', message, reason, ...outcome.event } : undefined,
    result: 'requeue_after',
    terminal: false,
    bug: false,
  }
}

function finalizeWaiting<T extends ApiObject>(
  input: FinalizeInput<T>,
  obj: WithStatus<T>,
  outcome: Waiting,
): Finalized<T> {
  const { reason, retryAfterMs } = outcome
  const message = redact(outcome.message)
  const mark = outcome.ready === 'Unknown' ? markUnknown : markFalse
  mark(obj, readyCondition, reason, message, input.now)
  if (outcome.underWay === undefined) keepTrying(obj, message, input)
  else markReconciling(obj, 'Progressing', redact(outcome.underWay), input.now)
  observe(obj, outcome.observe ?? false)
  return {
    obj,
    requeue: { kind: 'after', afterMs: retryAfterMs, jitter: false },
    log: { level: 'info', message: outcome.underWay ?? message },
    event: ownEvent(outcome.event, { severity: 'info', reason, message }),
    result: retryAfterMs > 0 ? 'requeue_after' : 'requeue',
    terminal: false,
    bug: false,
  }
}

function finalizeFailed<T extends ApiObject>(
  input: FinalizeInput<T>,
  obj: WithStatus<T>,
  outcome: Failed,
): Finalized<T> {
  const { reason, error } = outcome
  const message = redact(outcome.message ?? errorMessage(error))
  markFalse(obj, readyCondition, reason, message, input.now)
  keepTrying(obj, message, input)
  observe(obj, outcome.observe ?? false)
  const afterMs = outcome.retryAfterMs ?? input.retryIntervalMs
  return {
    obj,
    requeue: afterMs === undefined ? { kind: 'backoff' } : { kind: 'after', afterMs, jitter: false },
    log: { level: 'error', message: failedLine(input, afterMs ?? input.backoffMs), error },
    event: ownEvent(outcome.event, { severity: 'error', reason, message }),
    result: 'error',
    terminal: false,
    bug: false,
  }
}

function finalizeStalled<T extends ApiObject>(
  input: FinalizeInput<T>,
  obj: WithStatus<T>,
  outcome: Stalled,
): Finalized<T> {
  const { reason, error } = outcome
  const message = redact(outcome.message ?? errorMessage(error))
  markFalse(obj, readyCondition, reason, message, input.now)
  markStalled(obj, reason, message, input.now)
  observe(obj, outcome.observe ?? false)
  return {
    obj,
    requeue: { kind: 'none' },
    log: { level: 'error', message: 'Reconciliation stalled', error },
    event: ownEvent(outcome.event, { severity: 'error', reason, message }),
    result: 'error',
    terminal: true,
    bug: false,
  }
}

function finalizeThrown<T extends ApiObject>(
  input: FinalizeInput<T>,
  obj: WithStatus<T>,
  outcome: Thrown,
): Finalized<T> {
  const failed: Failed = { kind: 'failed', reason: 'ReconciliationFailed', error: outcome.error }
  const finalized = finalizeFailed({ ...input, retryIntervalMs: undefined }, obj, failed)
  return { ...finalized, bug: true }
}

/** Reconciling stays with the message that it has, so that one can see how far the run came. */
function keepTrying<T extends ApiObject>(
  obj: WithStatus<T>,
  message: string,
  { now, shown }: Pick<FinalizeInput<T>, 'now' | 'shown'>,
): void {
  const reached = getCondition(obj, reconcilingCondition)?.message ?? message
  // the time of a condition is kept by comparing with the one in its place
  if (shown !== undefined) {
    removeCondition(obj, reconcilingCondition)
    obj.status.conditions = [...(obj.status.conditions ?? []), shown]
  }
  markReconciling(obj, retrying, reached, now)
}

function ownEvent(over: false | Partial<EventDraft> | undefined, draft: EventDraft): EventDraft | undefined {
  return over === false ? undefined : { ...draft, ...over }
}

function failedLine(input: { readonly durationMs: number }, nextMs: number): string {
  return `Reconciliation failed after ${formatDuration(input.durationMs)}, next try in ${formatDuration(nextMs)}`
}
