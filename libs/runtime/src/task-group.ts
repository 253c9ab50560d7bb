// SPDX-License-Identifier: Apache-2.0

/** Things that run together until they are told to stop; the first that fails is reported once. */
export class TaskGroup {
  readonly #onFailure: (error: unknown) => void
  readonly #abort = new AbortController()
  readonly #running = new Set<Promise<void>>()

  constructor(onFailure: (error: unknown) => void) {
    this.#onFailure = onFailure
  }

  /** Aborted by `stop`. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Starts a task. That it rejects after `stop` is taken as its way to end. */
  add(task: (signal: AbortSignal) => Promise<void>): void {
    const running = (async () => task(this.#abort.signal))()
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#onFailure(error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Tells all tasks to end. The reason becomes that of their signal; absent: the process stops. */
  stop(reason: Error = new Error('the process stops')): void {
    this.#abort.abort(reason)
  }

  /** Resolves when every task has ended. */
  async ended(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}
