// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Clock, KubeObject } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { statusOf } from '@tidelock/status'
import type { StatusResult } from '@tidelock/status'
import { mapBounded } from '../plan/map-bounded.ts'
import type { HealthOutcome, HealthReport, HealthTarget, HealthWait, TrackOptions } from './health-types.ts'
import type { ObjectWatcher } from './object-watcher.ts'
import { judge } from './judge.ts'
import { conclude, isSettled, timedOut } from './tally.ts'

/** What a wait needs of its tracker. */
export interface WaitContext {
  readonly client: KubeClient
  readonly clock: Clock
  readonly watcher: ObjectWatcher
  readonly pollMs: number
}

interface Subject {
  readonly target: HealthTarget
  report: HealthReport
  /** What was last seen; statuses that depend on the time are judged again from it. */
  last: KubeObject | undefined
  /** `watch` follows by events, `poll` by reads; `read` was settled at the first look. */
  follow: 'read' | 'watch' | 'poll'
  stop: () => void
}

/** Reads in progress per wait. */
const parallelReads = 4
/** Watches per wait, one for each kind and namespace; what goes beyond is read. */
const maxWatches = 50
/** Objects that one wait reads in one poll interval; more take turns. */
const readsAtOnce = 100

/** One wait: looks at every object once, follows those that are not settled, and ends by their states or by its timer. */
export class Wait implements HealthWait {
  readonly outcome: Promise<HealthOutcome>
  readonly looked: Promise<void>
  #ended: HealthOutcome | undefined
  readonly #resolve: (outcome: HealthOutcome) => void
  readonly #subjects: readonly Subject[]
  readonly #context: WaitContext
  readonly #options: TrackOptions
  readonly #stop = new AbortController()
  readonly #cancelTimeout: () => void
  #cancelTick: () => void = () => {}
  #confirming = false
  /** Kinds and namespaces that are watched for it. */
  readonly #watched = new Set<string>()
  /** How many objects were read by poll so far: the next turn begins there. */
  #polled = 0
  readonly #startedAt: number

  constructor(context: WaitContext, targets: readonly HealthTarget[], options: TrackOptions) {
    this.#context = context
    this.#options = options
    this.#startedAt = context.clock.monotonic()
    this.#subjects = targets.map((target) => ({
      target,
      report: { target, status: undefined, message: '' },
      last: undefined,
      follow: 'read',
      stop: () => {},
    }))
    const { promise, resolve } = Promise.withResolvers<HealthOutcome>()
    this.outcome = promise
    this.#resolve = resolve
    this.#cancelTimeout = context.clock.setTimeout(() => this.#end(timedOut(this.reports())), options.timeoutMs)
    const firstLook = this.#run()
    this.looked = Promise.race([firstLook, promise.then(() => undefined)])
  }

  get ended(): HealthOutcome | undefined {
    return this.#ended
  }

  reports(): readonly HealthReport[] {
    return this.#subjects.map(({ report }) => report)
  }

  cancel(): void {
    this.#end({ kind: 'cancelled' })
  }

  async #run(): Promise<void> {
    await this.#read(this.#subjects)
    if (this.#conclude()) return
    for (const subject of this.#subjects) if (!isSettled(subject.report)) void this.#follow(subject)
    this.#tick()
  }

  async #read(subjects: readonly Subject[]): Promise<void> {
    await mapBounded(
      subjects,
      parallelReads,
      async (subject) => {
        try {
          const live = await this.#context.client.find(subject.target.ref, { signal: this.#stop.signal })
          this.#see(subject, live)
        } catch (error) {
          this.#report(subject, { status: 'Unknown', message: errorMessage(error) }, errorMessage(error))
        }
      },
      () => this.#stop.signal.aborted,
    )
  }

  async #follow(subject: Subject): Promise<void> {
    subject.follow = 'poll'
    const { apiVersion, kind: named, namespace = '' } = subject.target.ref
    const watched = `${apiVersion} ${named} ${namespace}`
    if (this.#watched.size >= maxWatches && !this.#watched.has(watched)) return
    this.#watched.add(watched)
    try {
      const kind = await this.#context.client.resolve(subject.target.ref, this.#stop.signal)
      if (this.#ended !== undefined) return
      subject.follow = 'watch'
      subject.stop = this.#context.watcher.watch(
        kind,
        subject.target,
        (object) => {
          subject.follow = 'watch'
          this.#see(subject, object)
          void this.#conclude()
        },
        () => {
          subject.follow = 'poll'
        },
      )
    } catch {
      // a kind that is not served (yet): the reads say so, and find it once it is
    }
  }

  /** Every poll interval: reads what cannot be watched, and judges the rest again, because some statuses change with time alone. */
  #tick(): void {
    if (this.#ended !== undefined) return
    this.#cancelTick = this.#context.clock.setTimeout(() => void this.#lookAgain(), this.#context.pollMs)
  }

  async #lookAgain(): Promise<void> {
    for (const subject of this.#subjects) {
      if (subject.follow === 'watch' && subject.last !== undefined) this.#see(subject, subject.last)
    }
    await this.#read(this.#nextToPoll())
    if (!this.#conclude()) this.#tick()
  }

  #nextToPoll(): readonly Subject[] {
    const all = this.#subjects.filter(({ follow }) => follow === 'poll')
    if (all.length <= readsAtOnce) return all
    const from = this.#polled % all.length
    this.#polled += readsAtOnce
    return [...all.slice(from), ...all.slice(0, from)].slice(0, readsAtOnce)
  }

  #see(subject: Subject, object: KubeObject | undefined): void {
    subject.last = object
    if (object === undefined) this.#report(subject, { status: 'NotFound', message: 'Resource not found' })
    else {
      const { result, error } = judge(object, this.#options.statusOf ?? statusOf)
      this.#report(subject, result, error)
    }
  }

  #report(subject: Subject, result: StatusResult, error?: string): void {
    if (this.#ended !== undefined) return
    const { target, report: before } = subject
    subject.report = {
      target,
      status: result.status,
      message: result.message,
      ...(error === undefined ? {} : { error }),
    }
    if (before.status === result.status && before.message === result.message) return
    const last = before.status === undefined ? undefined : { status: before.status, message: before.message }
    this.#options.onTransition?.(target, result, last)
  }

  /** Whether the wait has ended, after looking whether it should. */
  #conclude(): boolean {
    if (this.#ended !== undefined) return true
    if (this.#confirming) return false
    const outcome = conclude(this.reports(), this.#options.failFast === true)
    if (outcome === undefined) return false
    const seenOnce = this.#subjects.filter(({ follow }) => follow === 'read')
    const late = this.#context.clock.monotonic() - this.#startedAt >= this.#context.pollMs
    if (outcome.kind === 'healthy' && late && seenOnce.length > 0) void this.#confirm(seenOnce)
    else this.#end(outcome)
    return this.#ended !== undefined
  }

  /** The first look at an object may be old by the time that the last one is settled: looks once more, and follows what fell back. */
  async #confirm(subjects: readonly Subject[]): Promise<void> {
    this.#confirming = true
    await this.#read(subjects)
    this.#confirming = false
    for (const subject of subjects) {
      if (isSettled(subject.report)) subject.follow = 'watch'
      else void this.#follow(subject)
    }
    this.#conclude()
  }

  #end(outcome: HealthOutcome): void {
    if (this.#ended !== undefined) return
    this.#ended = outcome
    this.#stop.abort()
    this.#cancelTimeout()
    this.#cancelTick()
    for (const subject of this.#subjects) {
      subject.stop()
      subject.last = undefined
    }
    this.#resolve(outcome)
  }
}
