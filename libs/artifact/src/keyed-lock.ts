// SPDX-License-Identifier: Apache-2.0

/** Lets one action at a time run for each key, in the order of asking. */
export class KeyedLock {
  /** The end of the last action that was asked for, by key; removed with it. */
  readonly #tails = new Map<string, Promise<unknown>>()

  async run<T>(key: string, action: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve()
    const running = before.then(action)
    // the next one waits for the end, whatever it is
    const tail = running.then(
      () => undefined,
      () => undefined,
    )
    this.#tails.set(key, tail)
    try {
      return await running
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }
}
