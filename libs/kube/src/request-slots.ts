// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

/** How many slots there are. */
export interface RequestSlotsOptions {
  readonly slots: number
  /** While something urgent goes on. Absent: as many as else. */
  readonly besideUrgent?: number
  /** What is still not done after this long waits for something else than this server, and counts as urgent no more. Absent: never. */
  readonly urgentMs?: number
  readonly clock: Pick<Clock, 'setTimeout'>
}

/**
 * How many requests of a kind may be under way at the same time. What goes beyond waits here, first come, first served, and not in
 * front of the API server, where urgent requests would stand behind it. While something urgent goes on, there are fewer.
 */
export class RequestSlots {
  readonly #options: Required<RequestSlotsOptions>
  readonly #waiting = new Set<() => void>()
  #taken = 0
  #urgent = 0

  constructor(options: RequestSlotsOptions) {
    this.#options = { besideUrgent: options.slots, urgentMs: Infinity, ...options }
  }

  /** Does something urgent, which takes no slots itself; others have fewer until it ends, or for a while. Throws what it throws. */
  async besideUrgent<T>(urgent: () => Promise<T>): Promise<T> {
    const { urgentMs, clock } = this.#options
    let counts = true
    const end = (): void => {
      if (!counts) return
      counts = false
      this.#urgent--
      this.#handOut()
    }
    this.#urgent++
    const cancel = urgentMs === Infinity ? undefined : clock.setTimeout(end, urgentMs)
    try {
      return await urgent()
    } finally {
      cancel?.()
      end()
    }
  }

  /** Does the work when it has a slot. Throws the signal's reason when it aborts before that, and what the work throws. */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    await this.#take(signal)
    try {
      return await work()
    } finally {
      this.#taken--
      this.#handOut()
    }
  }

  #take(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error)
    // nobody who comes later gets in between
    if (this.#waiting.size === 0 && this.#hasRoom()) {
      this.#taken++
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const go = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        this.#waiting.delete(go)
        reject(signal?.reason as Error)
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.add(go)
    })
  }

  #hasRoom(): boolean {
    const { slots, besideUrgent } = this.#options
    return this.#taken < (this.#urgent > 0 ? besideUrgent : slots)
  }

  #handOut(): void {
    for (const next of this.#waiting) {
      if (!this.#hasRoom()) return
      this.#waiting.delete(next)
      this.#taken++
      next()
    }
  }
}
