// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { BackoffBounds } from './backoff.ts'
import { SinkDriver } from './sink-driver.ts'
import type { EventSink } from './sink.ts'
import type { Spool } from './spool.ts'
import type { BusLog, EventRecord, StoredRecord } from './record.ts'

/** What happened to a delivery. `rejected`: the sink will never take it; `given-up`: it ran out of attempts. */
export type DeliveryResult = 'delivered' | 'retried' | 'rejected' | 'given-up'

/** Settings of a publisher. */
export interface PublisherOptions {
  readonly spool: Spool
  readonly sinks: readonly EventSink[]
  readonly clock: Clock
  readonly random: () => number
  readonly log: BusLog
  /** Called for each delivery, for metrics. */
  readonly onResult?: (sink: string, result: DeliveryResult) => void
  /** Delays between tries. Absent: 1 s to 30 s, as Flux's recorder waits. */
  readonly backoff?: BackoffBounds
}

/**
 * Brings the spool's records to every sink, at least once each. Sinks are independent: one that is slow or away holds
 * up nobody else. A record leaves the spool when each sink that wants it has taken it, refused it or used up its
 * attempts; the last two are logged and counted. Events of one object keep their order within a sink, but for one that
 * is tried again.
 */
export class Publisher {
  readonly #spool: Spool
  readonly #drivers: readonly SinkDriver[]
  readonly #outstanding = new Map<number, number>()
  readonly #waiting: (() => void)[] = []

  constructor(options: PublisherOptions) {
    this.#spool = options.spool
    const done = (record: StoredRecord): void => this.#acknowledge(record)
    this.#drivers = options.sinks.map((sink) => new SinkDriver({ ...options, sink, done, idle: () => this.#settle() }))
  }

  /** Makes records durable. They are not delivered before `release`. */
  put(records: readonly EventRecord[]): Promise<readonly number[]> {
    return this.#spool.put(records)
  }

  /** Lets records go out, once what they report has been said in the status. */
  release(sequences: readonly number[]): void {
    this.#spool.release(sequences)
    this.notify()
  }

  /** Forgets records that were put and not released: what they report was said otherwise, or did not happen. */
  discard(sequences: readonly number[]): void {
    for (const sequence of sequences) this.#spool.remove(sequence)
  }

  /** See `Spool.continuation`. */
  continuation(uid: string, base: string): string | undefined {
    return this.#spool.continuation(uid, base)
  }

  /** Says that the spool may have something new to deliver. */
  notify(): void {
    if (this.#drivers.length === 0) void this.#discardAll()
    for (const driver of this.#drivers) driver.notify()
  }

  /** Delivers until the signal aborts; resolves when nothing is in flight any more. */
  async run(signal: AbortSignal): Promise<void> {
    this.notify()
    await Promise.all(this.#drivers.map((driver) => driver.run(signal)))
  }

  /**
   * Waits for deliveries under way. Resolves to true when all that was released is delivered; to false when the signal
   * aborts before, or when only sinks are left that do not take events at present.
   */
  drained(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#isSettled()) return Promise.resolve(this.#isDrained())
    return new Promise((resolve) => {
      const finish = (): void => {
        signal.removeEventListener('abort', finish)
        resolve(this.#isDrained())
      }
      signal.addEventListener('abort', finish, { once: true })
      this.#waiting.push(finish)
    })
  }

  #isDrained(): boolean {
    return this.#drivers.every((driver) => driver.isIdle)
  }

  #isSettled(): boolean {
    return this.#drivers.every((driver) => driver.isIdle || driver.isFailing)
  }

  #settle(): void {
    if (this.#waiting.length === 0 || !this.#isSettled()) return
    for (const finish of this.#waiting.splice(0)) finish()
  }

  #acknowledge(record: StoredRecord): void {
    const left = (this.#outstanding.get(record.sequence) ?? this.#drivers.length) - 1
    if (left > 0) this.#outstanding.set(record.sequence, left)
    else {
      this.#outstanding.delete(record.sequence)
      this.#spool.remove(record.sequence)
    }
  }

  // nobody wants them, so nothing would ever take them out
  async #discardAll(): Promise<void> {
    const { records } = await this.#spool.read(0, Number.MAX_SAFE_INTEGER)
    for (const record of records) this.#spool.remove(record.sequence)
  }
}
