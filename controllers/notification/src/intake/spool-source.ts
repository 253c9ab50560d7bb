// SPDX-License-Identifier: Apache-2.0
import type { Clock, FluxEvent } from '@tidelock/api'
import type { Spool, StoredRecord } from '@tidelock/bus'
import type { Settled, Submit } from '../dispatch/incoming.ts'
import type { OnStep } from '../dispatch/steps.ts'

/** Settings of the way without a bus. */
export interface SpoolSourceOptions {
  readonly spool: Spool
  readonly submit: Submit
  readonly clock: Clock
  readonly onStep: OnStep
  /** Events dispatched at the same time. Absent: 32,768. */
  readonly maxUnderWay?: number
}

interface Deferred {
  readonly position: number
  readonly attempt: number
}

/** Events from the disk, where no bus keeps them: each stays in the spool until it is settled, and comes again after a restart. */
export class SpoolSource {
  readonly #options: SpoolSourceOptions
  #position = 0
  #underWay = 0
  #isReading = false
  #readAgain = false
  #signal: AbortSignal | undefined
  readonly #timers = new Set<() => void>()

  constructor(options: SpoolSourceOptions) {
    this.#options = options
  }

  /** Resolves when the event is on disk. */
  async accept(id: string, event: FluxEvent): Promise<void> {
    const { spool, onStep } = this.#options
    const sequences = await spool.put([{ id, event }])
    onStep('accepted', id)
    spool.release(sequences)
    this.#wake()
  }

  /** Dispatches until the signal aborts. */
  run(signal: AbortSignal): Promise<void> {
    this.#signal = signal
    this.#wake()
    return new Promise((resolve) => {
      const stop = (): void => {
        for (const cancel of this.#timers) cancel()
        resolve()
      }
      if (signal.aborted) stop()
      else signal.addEventListener('abort', stop, { once: true })
    })
  }

  #wake(): void {
    if (this.#isReading) this.#readAgain = true
    else void this.#read()
  }

  async #read(): Promise<void> {
    const { spool, maxUnderWay = 32_768 } = this.#options
    this.#isReading = true
    try {
      do {
        this.#readAgain = false
        while (this.#isRunning() && this.#underWay < maxUnderWay && this.#position < spool.end) {
          const { records, position } = await spool.read(this.#position, 1)
          const [record] = records
          this.#position = position
          if (record !== undefined) void this.#handle(record, { position: position - 1, attempt: 1 })
        }
      } while (this.#readAgain)
    } finally {
      this.#isReading = false
    }
  }

  async #handle(record: StoredRecord, { position, attempt }: Deferred): Promise<void> {
    const { spool, submit, clock } = this.#options
    const { id, event, sequence } = record
    this.#underWay++
    // when it was posted is not kept: what the event says is near enough
    const keptAtMs = Math.min(clock.now(), Date.parse(event.timestamp) || clock.now())
    const settled: Settled = await submit({ id, event, keptAtMs, attempt })
    this.#underWay--
    if (!this.#isRunning()) return
    if (settled.kind === 'done') spool.remove(sequence)
    else this.#defer({ position, attempt: attempt + 1 }, settled.afterMs)
    this.#wake()
  }

  #defer(deferred: Deferred, afterMs: number): void {
    const cancel = this.#options.clock.setTimeout(() => {
      this.#timers.delete(cancel)
      void this.#again(deferred)
    }, afterMs)
    this.#timers.add(cancel)
  }

  // read anew: what waits for long does not wait in memory
  async #again(deferred: Deferred): Promise<void> {
    if (!this.#isRunning()) return
    const { records } = await this.#options.spool.read(deferred.position, 1)
    const [record] = records
    if (record !== undefined) await this.#handle(record, deferred)
  }

  #isRunning(): boolean {
    return this.#signal !== undefined && !this.#signal.aborted
  }
}
