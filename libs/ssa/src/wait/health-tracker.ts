// SPDX-License-Identifier: Apache-2.0
import { SsaError } from '../errors.ts'
import type { HealthTarget, HealthTrackerOptions, HealthWait, TrackOptions } from './health-types.ts'
import { ObjectWatcher } from './object-watcher.ts'
import { Wait } from './wait.ts'

const defaultPollMs = 5000

/**
 * Waits for the health of objects without holding a worker: any number of waits share one watch per kind and namespace. Objects that
 * are healthy at the first look cost one read and no watch; kinds that this client may not watch are read every 5 s.
 */
export class HealthTracker {
  readonly #options: HealthTrackerOptions
  readonly #pollMs: number
  readonly #watcher: ObjectWatcher
  readonly #waits = new Set<Wait>()

  constructor(options: HealthTrackerOptions) {
    this.#options = options
    this.#pollMs = options.pollMs ?? defaultPollMs
    this.#watcher = new ObjectWatcher(options, this.#pollMs)
  }

  /** Begins to wait; the caller is told by `outcome` (or looks at `ended`). Without targets the wait is healthy at once. */
  track(targets: readonly HealthTarget[], options: TrackOptions): HealthWait {
    const { client, clock } = this.#options
    const wait = new Wait({ client, clock, watcher: this.#watcher, pollMs: this.#pollMs }, targets, options)
    this.#waits.add(wait)
    void wait.outcome.then(() => this.#waits.delete(wait))
    return wait
  }

  /** Resolves when all objects are healthy. Throws `WaitFailed` or `WaitTimeout` in Flux's words, or the signal's reason. */
  async waitFor(targets: readonly HealthTarget[], options: TrackOptions, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const wait = this.track(targets, options)
    const cancel = (): void => wait.cancel()
    signal.addEventListener('abort', cancel, { once: true })
    try {
      const outcome = await wait.outcome
      signal.throwIfAborted()
      if (outcome.kind === 'failed') throw new SsaError('WaitFailed', outcome.message)
      if (outcome.kind === 'timedOut') throw new SsaError('WaitTimeout', outcome.message)
      if (outcome.kind === 'cancelled') throw new SsaError('WaitFailed', 'the wait was cancelled')
    } finally {
      signal.removeEventListener('abort', cancel)
    }
  }

  /** Cancels all waits and ends all watches. */
  async close(): Promise<void> {
    for (const wait of this.#waits) wait.cancel()
    await this.#watcher.close()
  }
}
