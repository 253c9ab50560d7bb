// SPDX-License-Identifier: Apache-2.0

/** One piece of work that many wait for. It is aborted when the last of them has given up. */
export class SharedLoad<T> {
  readonly #abort = new AbortController()
  readonly #result: Promise<T>
  #waiting = 0

  constructor(load: (signal: AbortSignal) => Promise<T>) {
    this.#result = load(this.#abort.signal)
    // whoever waits gets the failure; one that nobody waits for any more is of no interest
    this.#result.catch(() => undefined)
  }

  /** Whether everyone has given up: the work is ending and not to be joined. */
  get abandoned(): boolean {
    return this.#abort.signal.aborted
  }

  /** Waits for the result, or throws the signal's reason as soon as it aborts. */
  async wait(signal: AbortSignal | undefined): Promise<T> {
    signal?.throwIfAborted()
    this.#waiting += 1
    const { promise: aborted, reject } = Promise.withResolvers<never>()
    const giveUp = (): void => reject(signal?.reason as Error)
    signal?.addEventListener('abort', giveUp, { once: true })
    try {
      return await Promise.race([this.#result, aborted])
    } finally {
      signal?.removeEventListener('abort', giveUp)
      this.#waiting -= 1
      if (this.#waiting === 0) this.#abort.abort(signal?.reason)
    }
  }
}
