// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { errorMessage, hasCode, redact } from '@tidelock/errors'
import { backoffMs } from './backoff.ts'
import type { BackoffBounds } from './backoff.ts'
import type { DeliveryResult } from './publisher.ts'
import type { BusLog, StoredRecord } from './record.ts'
import type { EventSink } from './sink.ts'
import type { Spool } from './spool.ts'

interface SinkDriverOptions {
  readonly spool: Spool
  readonly sink: EventSink
  readonly clock: Clock
  readonly random: () => number
  readonly log: BusLog
  readonly onResult?: (sink: string, result: DeliveryResult) => void
  readonly backoff?: BackoffBounds
  readonly done: (record: StoredRecord) => void
  /** Called when there is nothing left to deliver, and when the sink refuses to take more for now. */
  readonly idle: () => void
}

/** The records of one object, oldest first. The first one is the one in flight or to be tried next. */
interface Lane {
  readonly key: string
  readonly records: StoredRecord[]
  attempts: number
  notBefore: number
  active: boolean
}

const loadLimit = 256

/** Drives one sink: a cursor into the spool, a lane for each object, a bound of deliveries in flight. */
export class SinkDriver {
  readonly #options: SinkDriverOptions
  readonly #lanes = new Map<string, Lane>()
  #position = 0
  #loaded = 0
  #inFlight = 0
  /** Failures in a row; while there are any, one delivery at a time probes the sink. */
  #failures = 0
  #pausedUntil = 0
  #loading = false
  #loadAgain = false
  #signal: AbortSignal | undefined
  #cancelTimer: (() => void) | undefined
  #stopped: (() => void) | undefined

  constructor(options: SinkDriverOptions) {
    this.#options = options
  }

  /** Whether every released record was handed over. */
  get isIdle(): boolean {
    return this.#loaded === 0 && this.#position >= this.#options.spool.end
  }

  /** Whether the sink does not take events at present and none is on its way. */
  get isFailing(): boolean {
    return this.#failures > 0 && this.#inFlight === 0
  }

  notify(): void {
    if (this.#signal === undefined || this.#signal.aborted) return
    if (this.#loading) this.#loadAgain = true
    else if (this.#loaded < loadLimit) void this.#load()
  }

  /** Delivers until the signal aborts and nothing is in flight any more. */
  run(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = resolve
      this.#signal = signal
      if (signal.aborted) return resolve()
      signal.addEventListener('abort', () => this.#stop(), { once: true })
      this.notify()
    })
  }

  #stop(): void {
    this.#cancelTimer?.()
    if (this.#inFlight === 0 && !this.#loading) this.#stopped?.()
  }

  async #load(): Promise<void> {
    this.#loading = true
    const { spool, log, sink } = this.#options
    try {
      do {
        this.#loadAgain = false
        const { records, position } = await spool.read(this.#position, loadLimit - this.#loaded)
        this.#position = position
        for (const record of records) this.#enqueue(record)
      } while (this.#loadAgain && this.#loaded < loadLimit)
    } catch (error) {
      log.error({ sink: sink.name, error: redact(errorMessage(error)) }, 'event spool cannot be read')
    } finally {
      this.#loading = false
      this.#loadAgain = false
    }
    this.#pump()
  }

  #enqueue(record: StoredRecord): void {
    const { sink, done } = this.#options
    if (!(sink.accepts?.(record.event) ?? record.event.severity !== 'trace')) return done(record)
    const { uid, kind, namespace, name } = record.event.involvedObject
    const key = uid ?? `${kind}/${namespace}/${name}`
    const lane = this.#lanes.get(key) ?? { key, records: [], attempts: 0, notBefore: 0, active: false }
    lane.records.push(record)
    this.#lanes.set(key, lane)
    this.#loaded++
  }

  #pump(): void {
    if (this.#signal === undefined) return
    if (this.#signal.aborted) return this.#stop()
    const now = this.#options.clock.monotonic()
    if (now >= this.#pausedUntil) {
      for (const lane of this.#lanes.values()) {
        if (this.#inFlight >= this.#limit()) break
        if (!lane.active && lane.notBefore <= now) void this.#deliver(lane, this.#signal)
      }
    }
    this.#arm(now)
    if (this.isIdle || this.isFailing) this.#options.idle()
  }

  #limit(): number {
    return this.#failures > 0 ? 1 : (this.#options.sink.concurrency ?? 16)
  }

  #arm(now: number): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#inFlight >= this.#limit()) return
    let earliest = Infinity
    for (const lane of this.#lanes.values()) if (!lane.active) earliest = Math.min(earliest, lane.notBefore)
    if (earliest === Infinity) return
    const delayMs = Math.max(earliest, this.#pausedUntil) - now
    this.#cancelTimer = this.#options.clock.setTimeout(() => this.#pump(), Math.max(0, delayMs))
  }

  async #deliver(lane: Lane, signal: AbortSignal): Promise<void> {
    const [record] = lane.records
    if (record === undefined) return
    const { sink } = this.#options
    lane.active = true
    this.#inFlight++
    let failure: { readonly error: unknown } | undefined
    try {
      await sink.deliver(record.event, record.id, signal)
    } catch (error) {
      failure = { error }
    }
    this.#inFlight--
    lane.active = false
    if (failure === undefined) this.#settle(lane, record, 'delivered')
    else if (!signal.aborted) this.#fail(lane, record, failure.error)
    if (!signal.aborted && this.#loaded < loadLimit / 2) this.notify()
    this.#pump()
  }

  #settle(lane: Lane, record: StoredRecord, result: DeliveryResult): void {
    this.#options.onResult?.(this.#options.sink.name, result)
    if (result !== 'given-up') {
      this.#failures = 0
      this.#pausedUntil = 0
    }
    lane.records.shift()
    lane.attempts = 0
    lane.notBefore = 0
    this.#lanes.delete(lane.key)
    // at the end of the order, so that a busy object does not hold up the others
    if (lane.records.length > 0) this.#lanes.set(lane.key, lane)
    this.#loaded--
    this.#options.done(record)
  }

  #fail(lane: Lane, record: StoredRecord, error: unknown): void {
    const { sink, clock, random, backoff = { baseMs: 1000, maxMs: 30_000 } } = this.#options
    lane.attempts++
    if (hasCode(error, 'Rejected')) return this.#lose(lane, record, 'rejected', error)
    this.#failures++
    const asked = (error as { details?: { retryAfterMs?: unknown } }).details?.retryAfterMs
    const delayMs = typeof asked === 'number' ? Math.min(asked, backoff.maxMs) : 0
    this.#pausedUntil = clock.monotonic() + Math.max(delayMs, backoffMs(this.#failures, backoff, random))
    if (sink.maxAttempts !== undefined && lane.attempts >= sink.maxAttempts)
      return this.#lose(lane, record, 'given-up', error)
    this.#report('debug', 'retried', record, error)
    // said aloud once an outage, not once a try
    if (this.#failures === 1)
      this.#options.log.info({ sink: sink.name, error: redact(errorMessage(error)) }, 'events wait for their receiver')
    lane.notBefore = clock.monotonic() + backoffMs(lane.attempts, backoff, random)
    this.#options.onResult?.(sink.name, 'retried')
    this.#lanes.delete(lane.key)
    this.#lanes.set(lane.key, lane)
  }

  #lose(lane: Lane, record: StoredRecord, result: 'rejected' | 'given-up', error: unknown): void {
    this.#report('error', result, record, error)
    this.#settle(lane, record, result)
  }

  #report(level: 'debug' | 'error', result: DeliveryResult, record: StoredRecord, error: unknown): void {
    const { kind, namespace, name } = record.event.involvedObject
    const fields = {
      sink: this.#options.sink.name,
      event: record.id,
      subject: `${kind}/${namespace}/${name}`,
      reason: record.event.reason,
      result,
      error: redact(errorMessage(error)),
    }
    this.#options.log[level](fields, 'event not delivered')
  }
}
