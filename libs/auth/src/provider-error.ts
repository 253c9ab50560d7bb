// SPDX-License-Identifier: Apache-2.0
import { AuthError } from './errors.ts'
import type { AuthErrorCode } from './errors.ts'

const longestReason = 400

/** What a service said no with. */
export interface Refusal {
  /** What was asked of whom, and on whose behalf; begins the message. */
  readonly subject: string
  /** HTTP status; absent when there was no answer. */
  readonly status?: number | undefined
  /** The service's own words. They are cut, and cleaned of `secrets`. */
  readonly reason: string
  /** Beats what the status would mean. */
  readonly code?: AuthErrorCode | undefined
  /** What to do about it. */
  readonly cure?: string | undefined
  /** Texts that must not show. */
  readonly secrets?: readonly (string | undefined)[]
}

/**
 * The error of a request that failed. A client's own error never becomes a cause: those carry requests with their headers and bodies.
 */
export function refusalError({ subject, status, reason, code, cure, secrets = [] }: Refusal): AuthError {
  const said = scrub(reason, secrets)
  const known = code ?? codeOfStatus(status)
  const details = status === undefined ? {} : { status }
  const hint = cure ?? cures[known]
  return new AuthError(known, `${subject}: ${said}${hint === undefined ? '' : ` (${hint})`}`, { details })
}

const cures: Readonly<Partial<Record<AuthErrorCode, string>>> = {
  Unavailable: 'will be tried again',
}

function codeOfStatus(status: number | undefined): AuthErrorCode {
  if (status === undefined) return 'Unavailable'
  if (status === 401 || status === 403) return 'AccessDenied'
  if (status === 404) return 'NotFound'
  return status === 408 || status === 429 || status >= 500 ? 'Unavailable' : 'Rejected'
}

/** One short line without the secrets. */
function scrub(text: string, secrets: readonly (string | undefined)[]): string {
  let clean = text
  for (const secret of secrets) {
    // what is this short hides nothing, and would blank half of the words
    if (secret !== undefined && secret.length >= 6) clean = clean.replaceAll(secret, '*****')
  }
  clean = clean.replace(/\s+/g, ' ').trim()
  return clean.length > longestReason ? `${clean.slice(0, longestReason)}…` : clean
}

/** The words of a failed connection, with the first cause that has any. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.message !== '') return error.message
  return error.cause === undefined ? error.name : reasonOf(error.cause)
}
