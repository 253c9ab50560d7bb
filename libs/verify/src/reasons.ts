// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { VerifyError } from './errors.ts'

const limits = { reasons: 3, length: 300 }

/** What is wrong with the signatures of an artifact, in one error: each reason once, no more than three, and none for pages, as a stranger may have written it. */
export function noneMatches(failures: readonly VerifyError[], note: string = ''): VerifyError {
  const reasons = [...new Set(failures.map((failure) => cut(errorMessage(failure))))]
  const more = reasons.length > limits.reasons ? `; and ${reasons.length - limits.reasons} more` : ''
  return new VerifyError(
    'Unverified',
    `no matching signatures: ${reasons.slice(0, limits.reasons).join('; ')}${more}${note}`,
  )
}

/** A text of a stranger, for people: no longer than a few lines. */
export function cut(text: string): string {
  return text.length > limits.length ? `${text.slice(0, limits.length).toWellFormed()}…` : text
}
