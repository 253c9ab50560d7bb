// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { Clock, ObjectKey } from '@tidelock/api'

/**
 * When each object was last applied with a dry run of everything. Between two such runs objects that the ownership
 * cache proves untouched cost no request; the period bounds what no watch can show (changed defaults, webhooks).
 */
export class FullRuns {
  readonly #lastMs = new Map<string, number>()
  readonly #clock: Clock
  readonly #random: () => number
  readonly #periodMs: number

  constructor(options: { clock: Clock; random: () => number; periodMs: number }) {
    this.#clock = options.clock
    this.#random = options.random
    this.#periodMs = options.periodMs
  }

  /** Whether this run must look at every object. */
  isDue(key: ObjectKey): boolean {
    const last = this.#lastMs.get(formatKey(key))
    return last === undefined || this.#clock.monotonic() - last >= this.#periodMs
  }

  /** Notes a full run that succeeded. The first one is put back by a random part of the period, so that a fleet spreads out. */
  done(key: ObjectKey): void {
    const id = formatKey(key)
    const spread = this.#lastMs.has(id) ? 0 : this.#random() * this.#periodMs * 0.5
    this.#lastMs.set(id, this.#clock.monotonic() - spread)
  }

  forget(key: ObjectKey): void {
    this.#lastMs.delete(formatKey(key))
  }
}
