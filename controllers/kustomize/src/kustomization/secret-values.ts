// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Outcome } from '@tidelock/runtime'

const mask = '*****'
/** Shorter values stand in too many innocent words. */
const minLength = 4

/**
 * Values that a run took from Secrets to substitute them. The API server and Kustomize quote what they refuse, so such a value may
 * come back in an error: it is hidden wherever the run reports one.
 */
export class SecretValues {
  readonly #values = new Set<string>()

  add(value: string): void {
    if (value.length >= minLength) this.#values.add(value)
  }

  addAll(others: SecretValues): void {
    for (const value of others.#values) this.#values.add(value)
  }

  /** The text with every value masked, longer ones first, since one may hold another. */
  hide(text: string): string {
    const values = [...this.#values].sort((a, b) => b.length - a.length)
    return values.reduce((hidden, value) => hidden.replaceAll(value, mask), text)
  }

  /** The outcome with its error, if any quotes a value, replaced by one that does not. The error then has no cause and no stack to quote it. */
  hideIn(outcome: Outcome): Outcome {
    if (outcome.kind !== 'failed' && outcome.kind !== 'stalled') return outcome
    const message = errorMessage(outcome.error)
    const hidden = this.hide(message)
    return hidden === message ? outcome : { ...outcome, error: new Error(hidden) }
  }
}
