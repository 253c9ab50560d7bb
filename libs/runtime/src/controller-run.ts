// SPDX-License-Identifier: Apache-2.0
import { getCondition, readyCondition, reconcilingCondition, removeCondition } from '@tidelock/api'
import type { ApiObject, Clock } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { Publisher } from '@tidelock/bus'
import type { ControllerSpec } from './controller-spec.ts'
import { finalizeStatus } from './finalize-status.ts'
import type { Finalized, Requeue, Thrown } from './finalize-status.ts'
import type { Logger } from './logger.ts'
import type { FaultPoint } from './manager-types.ts'
import type { Outcome, Priority, ReconcileContext, Trigger } from './outcome.ts'
import { RunReporter } from './run-reporter.ts'
import { SerialPatcher } from './serial-patcher.ts'

/** What one run of one object is made of. */
export interface RunInput<T extends ApiObject> {
  readonly spec: ControllerSpec<T>
  readonly client: KubeClient
  readonly publisher: Publisher
  readonly clock: Clock
  readonly log: Logger
  readonly id: string
  /** The object as it was read; it does not change. */
  readonly read: T
  /** The run's own copy of it. */
  readonly obj: T
  readonly signal: AbortSignal
  readonly superseded: AbortSignal
  readonly priority: Priority
  readonly trigger: Trigger | undefined
  readonly controllerName: string
  readonly instance: string
  readonly transition: string
  readonly backoffMs: number
  readonly reach: (point: FaultPoint) => Promise<void>
  readonly onWritten: (obj: T) => void
}

/** How a run ended, for the queue and the metrics. */
export interface RunResult {
  readonly requeue: Requeue
  readonly result: Finalized<never>['result']
  readonly terminal: boolean
  readonly bug: boolean
  /** The object is gone or about to go: nothing about it is worth keeping. */
  readonly gone: boolean
}

const settled: RunResult = { requeue: { kind: 'none' }, result: 'success', terminal: false, bug: false, gone: false }
const again: RunResult = { ...settled, requeue: { kind: 'after', afterMs: 0, jitter: false }, result: 'requeue' }
const gone: RunResult = { ...settled, gone: true }
const retry: RunResult = { ...settled, requeue: { kind: 'backoff' }, result: 'error' }

/** One run: deletion, finalizer and suspension come before the reconciler, for every kind in the same way. */
export class ControllerRun<T extends ApiObject> {
  readonly #input: RunInput<T>
  readonly #patcher: SerialPatcher<T>
  readonly #reporter: RunReporter<T>
  readonly #startedMs: number

  constructor(input: RunInput<T>) {
    const { spec, client, clock, read, obj, onWritten } = input
    const { conditions: table, fieldManager } = spec
    this.#input = input
    this.#startedMs = clock.monotonic()
    // not the run's signal: what is known when the process stops is still to be said
    this.#patcher = new SerialPatcher({ client, obj: read, fieldManager, table, clock })
    this.#reporter = new RunReporter({
      ...input,
      table,
      patcher: this.#patcher,
      now: () => clock.now(),
      ensureMayWrite: () => this.#ensureLeading(),
      eventMetadata: (of) => spec.eventMetadata?.(of) ?? {},
      events: {
        reportingController: input.controllerName,
        reportingInstance: input.instance,
        transition: input.transition,
      },
      onWritten: (written) => {
        const { resourceVersion } = written.metadata
        if (resourceVersion !== undefined) obj.metadata.resourceVersion = resourceVersion
        onWritten(written)
      },
    })
  }

  /** Runs to the end; throws only for faults of the machine. */
  async execute(): Promise<RunResult> {
    const { spec, obj, log, reach } = this.#input
    await reach('run-started')
    if (obj.metadata.deletionTimestamp !== undefined) return this.#delete()
    if (spec.finalizer !== undefined && obj.metadata.finalizers?.includes(spec.finalizer) !== true)
      return this.#addFinalizer(spec.finalizer)
    if (isSuspended(spec, obj)) {
      log.info({}, 'Reconciliation is suspended for this object')
      return spec.observesSuspended === true ? this.#observe() : settled
    }
    forgetLastAttempt(obj)
    const outcome = await this.#call((ctx) => spec.reconciler.reconcile(ctx, obj, this.#reporter.progress()))
    return outcome === undefined ? gone : this.#conclude(outcome)
  }

  async #addFinalizer(finalizer: string): Promise<RunResult> {
    const { onWritten, reach } = this.#input
    return this.#unlessGone(async () => {
      this.#ensureLeading()
      onWritten(await this.#patcher.patchFinalizer(finalizer, true))
      await reach('finalizer-added')
      return again
    })
  }

  /** Notes that the newest generation of a suspended object was seen; where it is Ready, or else nobody could tell that it is. */
  async #observe(): Promise<RunResult> {
    const { obj } = this.#input
    const { generation } = obj.metadata
    const isSeen = generation === undefined || obj.status?.observedGeneration === generation
    if (isSeen || getCondition(obj, readyCondition)?.status !== 'True') return settled
    const seen = { ...obj, status: { ...obj.status, observedGeneration: generation } }
    removeCondition(seen, reconcilingCondition)
    return this.#unlessGone(async () => {
      await this.#reporter.commit(seen, { isLast: true })
      return settled
    })
  }

  async #delete(): Promise<RunResult> {
    const { spec, obj } = this.#input
    const { finalizer, reconciler } = spec
    if (finalizer === undefined || obj.metadata.finalizers?.includes(finalizer) !== true) return gone
    const finalize = reconciler.finalize?.bind(reconciler)
    const outcome =
      finalize === undefined
        ? ({ kind: 'succeeded' } as const)
        : await this.#call((ctx) => finalize(ctx, obj, this.#reporter.progress()))
    if (outcome === undefined) return gone
    // nobody can change the spec of an object that is going: there is nothing to wait for but the next try
    if (outcome.kind === 'stalled') return this.#conclude({ ...outcome, kind: 'failed' })
    if (outcome.kind !== 'succeeded') return this.#conclude(outcome)
    for (const draft of outcome.events ?? []) this.#reporter.event(obj, draft)
    return this.#removeFinalizer(finalizer)
  }

  async #removeFinalizer(finalizer: string): Promise<RunResult> {
    await this.#reporter.flush()
    return this.#unlessGone(async () => {
      this.#ensureLeading()
      this.#input.onWritten(await this.#patcher.patchFinalizer(finalizer, false))
      await this.#input.reach('finalizer-removed')
      return gone
    })
  }

  /** The outcome; undefined when the object is gone meanwhile. */
  async #call(work: (ctx: ReconcileContext) => Promise<Outcome>): Promise<Outcome | Thrown | undefined> {
    const { signal, superseded, priority, trigger, log, clock, id } = this.#input
    try {
      return await work({ signal, superseded, priority, log, clock, id, ...(trigger === undefined ? {} : { trigger }) })
    } catch (cause) {
      const { writeError } = this.#reporter
      if (isKubeError(writeError, 'NotFound')) return undefined
      const error = cause instanceof Error ? cause : new Error(String(cause))
      // that the status could not be written is no bug of the reconciler
      if (writeError !== undefined) return { kind: 'failed', reason: 'ReconciliationFailed', error }
      return { kind: 'thrown', error }
    }
  }

  async #conclude(outcome: Outcome | Thrown): Promise<RunResult> {
    const { spec, obj, clock, signal, reach, backoffMs, log } = this.#input
    await reach('outcome-known')
    if (signal.aborted && (outcome.kind === 'failed' || outcome.kind === 'thrown')) return this.#abandon()
    const durationMs = clock.monotonic() - this.#startedMs
    const intervalMs = spec.intervalMs(obj)
    const finalized = finalizeStatus<T>({
      obj,
      outcome,
      table: spec.conditions,
      now: new Date(clock.now()),
      durationMs,
      intervalMs,
      retryIntervalMs: spec.retryIntervalMs?.(obj),
      backoffMs,
      shown: getCondition(this.#patcher.persisted, reconcilingCondition),
    })
    this.#record(outcome, finalized, { durationMs, intervalMs })
    const { level, message, error } = finalized.log
    const fields = { ...spec.logFields?.(finalized.obj), ...(error === undefined ? {} : { error }) }
    log[level](finalized.bug ? { ...fields, stacktrace: error?.stack } : fields, message)
    return this.#unlessGone(async () => {
      await this.#reporter.commit(finalized.obj, { isLast: true })
      return { ...finalized, gone: false }
    })
  }

  #record(
    outcome: Outcome | Thrown,
    finalized: Finalized<T>,
    run: { readonly durationMs: number; readonly intervalMs: number },
  ): void {
    const { spec } = this.#input
    if (outcome.kind !== 'thrown') for (const draft of outcome.events ?? []) this.#reporter.event(finalized.obj, draft)
    const isPlainSuccess = outcome.kind === 'succeeded' && outcome.event === undefined && finalized.result !== 'error'
    const own = isPlainSuccess ? spec.successEvent?.(finalized.obj, run) : finalized.event
    if (own !== undefined) this.#reporter.event(finalized.obj, own)
  }

  /** The process stops and the run was cut short: its failure says nothing about the object. */
  async #abandon(): Promise<RunResult> {
    await this.#reporter.flush()
    return settled
  }

  /** Whoever lost the lease would write over the new leader. */
  #ensureLeading(): void {
    const { signal } = this.#input
    if (signal.aborted && hasCode(signal.reason, 'LeadershipLost')) throw signal.reason
  }

  async #unlessGone(write: () => Promise<RunResult>): Promise<RunResult> {
    try {
      return await write()
    } catch (error) {
      if (isKubeError(error, 'NotFound')) return gone
      this.#input.log.error({ error }, 'The object could not be written, the run is repeated')
      return retry
    }
  }
}

function isSuspended<T extends ApiObject>(spec: ControllerSpec<T>, obj: T): boolean {
  return spec.isSuspended?.(obj) ?? (obj.spec as { suspend?: boolean } | undefined)?.suspend === true
}

// what an earlier attempt ended with says nothing about this one; what this one gets to will be put in its place
function forgetLastAttempt(obj: ApiObject): void {
  if (getCondition(obj, reconcilingCondition)?.reason === 'ProgressingWithRetry')
    removeCondition(obj, reconcilingCondition)
}
