// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'

/** Something that waits to be sent. */
export interface Delivery {
  /** Deliveries about the same object are sent one after the other. */
  readonly object: string
  /** After this, in milliseconds since the epoch, it is not tried again. */
  readonly expiresAtMs: number
  /** Throws `Unavailable` for what may pass, `InvalidConfig` for what is tried a few times. */
  send(): Promise<void>
  /** Called once: with undefined when it was sent, else with why it never will be. */
  settle(failure: unknown): void
  /** Called instead of `settle` when it does not wait here any longer; it was not tried since. */
  defer(): void
  /** Called for each try that failed and is made again. */
  retried(failure: unknown, attempt: number): void
}

/** Settings of a lane. */
export interface LaneOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Sent at the same time, when the lane has warmed up. */
  readonly concurrency: number
  /**
   * A lane begins with one at a time, and takes one more for each time that it has sent so many: what is on its way when the process is
   * killed is told again, and who is killed again and again shall not repeat much each time. Absent: 0, which is at once.
   */
  readonly warmUp?: number
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number }
}

/** A Secret may come a moment after its Provider; what is still wrong after a minute is wrong. */
const configTries = 5

function mayPass(failure: unknown, attempts: number): boolean {
  return hasCode(failure, 'Unavailable') || (hasCode(failure, 'InvalidConfig') && attempts < configTries)
}

interface Waiting {
  readonly delivery: Delivery
  attempts: number
  notBefore: number
}

const defaultBackoff = { baseMs: 2000, maxMs: 300_000 }

/** What waits for one Provider, oldest first by object. A service that fails is probed with one delivery at a time; other lanes do not feel it. */
export class Lane {
  readonly #options: LaneOptions
  /** By object, oldest first; the first of a queue is the one on its way or to be tried next. */
  readonly #queues = new Map<string, Waiting[]>()
  readonly #busy = new Set<string>()
  #size = 0
  #sent = 0
  #failures = 0
  #pausedUntil = 0
  #cancelTimer: (() => void) | undefined
  #isStopped = false

  constructor(options: LaneOptions) {
    this.#options = options
  }

  /** Waiting or on their way. */
  get size(): number {
    return this.#size
  }

  /** Whether the last try failed. */
  get isFailing(): boolean {
    return this.#failures > 0
  }

  add(delivery: Delivery): void {
    const queue = this.#queues.get(delivery.object) ?? []
    queue.push({ delivery, attempts: 0, notBefore: 0 })
    this.#queues.set(delivery.object, queue)
    this.#size++
    this.#pump()
  }

  /** Tries again at once, for instance because the Provider was changed. */
  wake(): void {
    this.#pausedUntil = 0
    for (const [waiting] of this.#queues.values()) if (waiting !== undefined) waiting.notBefore = 0
    this.#pump()
  }

  /** Keeps so many of those that wait, the oldest of each object, and defers the others. */
  shed(keep: number): void {
    let kept = 0
    for (const [object, queue] of this.#queues) {
      // the one on its way stands first
      const stays = Math.max(this.#busy.has(object) ? 1 : 0, Math.min(queue.length, keep - kept))
      kept += stays
      const gone = queue.splice(stays)
      this.#size -= gone.length
      if (queue.length === 0) this.#queues.delete(object)
      for (const { delivery } of gone) delivery.defer()
    }
  }

  /** Sends nothing more; what waits is not settled. */
  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
  }

  #pump(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    if (this.#isStopped) return
    const now = this.#options.clock.monotonic()
    const limit = this.#limit()
    let earliest = Infinity
    for (const [object, [waiting]] of this.#queues) {
      if (this.#busy.size >= limit) return
      if (waiting === undefined || this.#busy.has(object)) continue
      const atMs = Math.max(waiting.notBefore, this.#pausedUntil)
      if (atMs <= now) void this.#send(object, waiting)
      else earliest = Math.min(earliest, atMs)
    }
    if (earliest !== Infinity) this.#cancelTimer = this.#options.clock.setTimeout(() => this.#pump(), earliest - now)
  }

  #limit(): number {
    const { concurrency, warmUp = 0 } = this.#options
    if (this.#failures > 0) return 1
    return warmUp === 0 ? concurrency : Math.min(concurrency, 1 + Math.floor(this.#sent / warmUp))
  }

  async #send(object: string, waiting: Waiting): Promise<void> {
    this.#busy.add(object)
    let failure: unknown
    try {
      await waiting.delivery.send()
    } catch (error) {
      failure = error ?? new Error('not sent')
    }
    this.#busy.delete(object)
    if (this.#isStopped) return
    if (failure === undefined) this.#succeed(waiting.delivery)
    else this.#fail(waiting, failure)
    this.#pump()
  }

  #succeed(delivery: Delivery): void {
    this.#failures = 0
    this.#pausedUntil = 0
    this.#sent++
    this.#remove(delivery, undefined)
  }

  #fail(waiting: Waiting, failure: unknown): void {
    const { clock, random, backoff = defaultBackoff } = this.#options
    const { delivery } = waiting
    if (!mayPass(failure, waiting.attempts) || clock.now() >= delivery.expiresAtMs)
      return this.#remove(delivery, failure)
    waiting.attempts++
    this.#failures++
    const grown = (count: number): number => Math.min(backoff.maxMs, backoff.baseMs * 2 ** Math.min(count - 1, 30))
    const asked = (failure as { details?: { retryAfterMs?: unknown } }).details?.retryAfterMs
    const askedMs = typeof asked === 'number' ? Math.min(asked, backoff.maxMs) : 0
    const now = clock.monotonic()
    this.#pausedUntil = now + Math.max(askedMs, grown(this.#failures) * (0.5 + random() / 2))
    waiting.notBefore = now + grown(waiting.attempts) / 2
    this.#toEnd(delivery.object)
    delivery.retried(failure, waiting.attempts)
  }

  #remove(delivery: Delivery, failure: unknown): void {
    this.#queues.get(delivery.object)?.shift()
    this.#size--
    this.#toEnd(delivery.object)
    delivery.settle(failure)
  }

  /** One object that is busy, or always fails, must not keep the others from being next. */
  #toEnd(object: string): void {
    const queue = this.#queues.get(object)
    this.#queues.delete(object)
    if (queue !== undefined && queue.length > 0) this.#queues.set(object, queue)
  }
}
