// SPDX-License-Identifier: Apache-2.0

/**
 * How many requests of a kind may be under way at the same time. What goes beyond waits here, first come, first served, and not in
 * front of the API server, where urgent requests would stand behind it. While something urgent goes on, there are fewer.
 */
export class RequestSlots {
  readonly #slots: number
  readonly #besideUrgent: number
  readonly #waiting = new Set<() => void>()
  #taken = 0
  #urgent = 0

  /** `besideUrgent` absent: as many as else. */
  constructor(slots: number, besideUrgent: number = slots) {
    this.#slots = slots
    this.#besideUrgent = besideUrgent
  }

  /** Does something urgent, which takes no slots itself; others have fewer until it ends. Throws what it throws. */
  async besideUrgent<T>(urgent: () => Promise<T>): Promise<T> {
    this.#urgent++
    try {
      return await urgent()
    } finally {
      this.#urgent--
      this.#handOut()
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
    return this.#taken < (this.#urgent > 0 ? this.#besideUrgent : this.#slots)
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
