// SPDX-License-Identifier: Apache-2.0

/** Bounds of a growing delay. */
export interface BackoffBounds {
  readonly min: number
  readonly max: number
}

/** A delay that doubles with each failure from `min` to `max`, drawn from its upper half so that many waiters spread. */
export class Backoff {
  readonly #bounds: BackoffBounds
  readonly #random: () => number
  #failures = 0

  constructor(bounds: BackoffBounds, random: () => number) {
    this.#bounds = bounds
    this.#random = random
  }

  /** Failures since the last reset. */
  get failures(): number {
    return this.#failures
  }

  /** Counts a failure and returns the delay in milliseconds before the next try. */
  next(): number {
    // 2^30 is beyond any max, and keeps the power finite however long an outage lasts
    const grown = this.#bounds.min * 2 ** Math.min(this.#failures, 30)
    this.#failures += 1
    return Math.min(this.#bounds.max, grown) * (0.5 + this.#random() * 0.5)
  }

  reset(): void {
    this.#failures = 0
  }
}
