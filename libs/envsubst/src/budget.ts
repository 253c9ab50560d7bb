// SPDX-License-Identifier: Apache-2.0
import { SubstitutionError } from './errors.ts'

/** Bounds what one substitution may cost, so that a hostile template or value cannot hold the process. */
export class Budget {
  readonly #maxBytes: number
  #stepsLeft: number

  constructor(maxBytes: number, maxSteps: number) {
    this.#maxBytes = maxBytes
    this.#stepsLeft = maxSteps
  }

  /** Pays for work on patterns. Throws `LimitExceeded` when too much was done. */
  spend(steps: number): void {
    this.#stepsLeft -= steps
    if (this.#stepsLeft < 0) {
      throw new SubstitutionError(
        'LimitExceeded',
        'a pattern takes too long to match: shorten the value or the pattern',
      )
    }
  }

  /** Asks whether a text of that many bytes may be made. Throws `LimitExceeded` when not. */
  reserve(bytes: number): void {
    if (bytes > this.#maxBytes) {
      throw new SubstitutionError('LimitExceeded', `the result is larger than ${this.#maxBytes} bytes`)
    }
  }
}
