// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { RateLimit } from './client-options.ts'

/** A token bucket. Callers are served in the order they came. */
export class RateLimiter {
  readonly #limit: RateLimit
  readonly #clock: Clock
  /** The bucket's content at `#updatedMs`; below zero when callers wait. */
  #tokens: number
  #updatedMs: number

  constructor(limit: RateLimit, clock: Clock) {
    this.#limit = limit
    this.#clock = clock
    this.#tokens = limit.burst
    this.#updatedMs = clock.monotonic()
  }

  /** Resolves when the caller may go on. A caller that aborts has used its token up. */
  async take(signal?: AbortSignal): Promise<void> {
    const now = this.#clock.monotonic()
    const gained = ((now - this.#updatedMs) / 1000) * this.#limit.qps
    this.#tokens = Math.min(this.#limit.burst, this.#tokens + gained) - 1
    this.#updatedMs = now
    if (this.#tokens < 0) await this.#clock.sleep((-this.#tokens / this.#limit.qps) * 1000, signal)
  }
}
