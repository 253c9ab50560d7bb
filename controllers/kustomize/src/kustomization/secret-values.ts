// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { Outcome } from '@tidelock/runtime'

const mask = '*****'
/** Shorter values stand in too many innocent words. */
const minLength = 4
/** A line of a longer value may be a word of its format (`data:`). */
const minLineLength = 8
/** Characters to look through for all values together; the rest of a text is cut off. About a second. */
const maxWork = 2_000_000_000

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

  /** The text with every value masked in any form that it may be quoted in, longer ones first, since one may hold another. */
  hide(text: string): string {
    const forms = new Set([...this.#values].flatMap(formsOf))
    if (forms.size === 0) return text
    const longest = Math.floor(maxWork / forms.size)
    const looked = text.length > longest ? `${text.slice(0, longest)}…` : text
    return [...forms]
      .sort((a, b) => b.length - a.length)
      .reduce((hidden, form) => hidden.replaceAll(form, mask), looked)
  }

  /** The outcome with its error, if any quotes a value, replaced by one that does not. The error then has no cause and no stack to quote it. */
  hideIn(outcome: Outcome): Outcome {
    if (outcome.kind !== 'failed' && outcome.kind !== 'stalled') return outcome
    const { error } = outcome
    const hidden = this.hideInError(error)
    return hidden === error ? outcome : { ...outcome, error: hidden as Error }
  }

  /** What was thrown, or in its place an error without cause and stack if it quotes a value. */
  hideInError(error: unknown): unknown {
    const message = errorMessage(error)
    const hidden = this.hide(message)
    return hidden === message ? error : new Error(hidden)
  }
}

/** A value as messages may quote it: as it is, without the space around it, line by line, escaped as in JSON, and as base64. */
function formsOf(value: string): string[] {
  const lines = value.split(/[\r\n]+/).map((line) => line.trim())
  const parts = [
    value,
    value.trim(),
    ...(lines.length > 1 ? lines.filter(({ length }) => length >= minLineLength) : []),
  ]
  const escaped = parts.map((part) => JSON.stringify(part).slice(1, -1))
  return [...parts, ...escaped, Buffer.from(value).toString('base64')].filter(({ length }) => length >= minLength)
}
