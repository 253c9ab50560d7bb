// SPDX-License-Identifier: Apache-2.0
import { CelError } from '../errors.ts'

/** How much an evaluation may cost by default: about a tenth of a second at worst, thousands of times what a condition needs. */
export const defaultCostLimit = 500_000

/** How deep values may be nested where they are walked. */
const maxDepth = 400

/**
 * What one evaluation has spent. Each node of the expression costs one, each ten characters or bytes that are read or made cost one,
 * each element that is looked at or copied costs one: so neither time nor memory can grow past the limit.
 */
export class Budget {
  #left: number
  readonly #limit: number
  readonly #signal: AbortSignal | undefined

  constructor(limit: number, signal?: AbortSignal) {
    this.#left = limit
    this.#limit = limit
    this.#signal = signal
  }

  /** What was taken so far, at most the limit. */
  get spent(): number {
    return this.#limit - Math.max(this.#left, 0)
  }

  /** Takes the cost; throws `CostExceeded` when nothing is left. No operator absorbs that. */
  spend(cost: number): void {
    this.#left -= cost
    if (this.#left < 0) {
      const message = `actual cost limit exceeded: the expression needs more than ${this.#limit} steps`
      throw new CelError('CostExceeded', message, { details: { limit: this.#limit } })
    }
  }

  /** Takes the cost of so many characters or bytes. */
  spendText(length: number): void {
    this.spend(Math.ceil(length / 10))
  }

  /** Refuses values that are nested too deep to be walked; throws `CostExceeded`. */
  enter(depth: number): void {
    this.spend(1)
    if (depth > maxDepth) throw new CelError('CostExceeded', `values are nested deeper than ${maxDepth} levels`)
  }

  /** Called once an iteration of a macro: throws `Interrupted` when the signal is aborted. */
  iterate(): void {
    this.spend(1)
    if (this.#signal?.aborted === true) throw new CelError('Interrupted', 'operation interrupted')
  }
}
