// SPDX-License-Identifier: Apache-2.0
import { CodedError, redactUrl } from '@tidelock/errors'
import { HttpError } from './http-error.ts'
import type { HttpResponse, RetryClock } from './types.ts'

export interface RetryOptions {
  /** Runs of the operation in all, the first included; at least 1. */
  readonly attempts: number
  /** Delay before the second run; doubles each time. */
  readonly baseMs: number
  /** Longest delay. */
  readonly maxMs: number
  /** Whether a server's Retry-After replaces our delay. One longer than `maxMs` ends the retries. Default true. */
  readonly honourRetryAfter?: boolean
  readonly signal?: AbortSignal
  readonly clock: RetryClock
  /** A number in [0, 1): delays are spread over the upper half of their value. */
  readonly random: () => number
  /** Default `isRetryable`. */
  readonly retryable?: (error: unknown) => boolean
}

const retryableStatuses = new Set([408, 425, 429, 500, 502, 503, 504])

/** Runs the operation until it succeeds, fails for good, or the attempts are used up; then throws its last error. */
export async function retry<T>(operation: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const retryable = options.retryable ?? isRetryable
  for (let attempt = 1; ; attempt++) {
    options.signal?.throwIfAborted()
    try {
      return await operation(attempt)
    } catch (error) {
      options.signal?.throwIfAborted()
      if (attempt >= options.attempts || !retryable(error)) throw error
      const delayMs = delayFor(attempt, error, options)
      if (delayMs === undefined) throw error
      await options.clock.sleep(delayMs, options.signal)
    }
  }
}

/** Whether the same request may succeed later: connection trouble, time-outs, 408, 425, 429 and the passing 5xx. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof HttpError)) return false
  if (error.code === 'BadStatus') return retryableStatuses.has(Number(error.details['status']))
  return error.code === 'ConnectFailed' || error.code === 'ConnectionLost' || error.code === 'Timeout'
}

/**
 * The delay of a Retry-After header in milliseconds: seconds, or a date measured against `now` (never negative).
 * Undefined when absent or not understood.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  const text = value?.trim()
  if (text === undefined || text === '') return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  // Date.parse also takes bare numbers and other forms; HTTP dates begin with a weekday
  if (!/^[A-Za-z]{3,9}, ?\d/.test(text)) return undefined
  const date = Date.parse(text)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}

/** Throws `BadStatus` unless the status is accepted; the refused body is destroyed. Default: 2xx. */
export function requireStatus(
  response: HttpResponse,
  options: { readonly method?: string; readonly now: number; readonly accept?: (status: number) => boolean },
): HttpResponse {
  const accept = options.accept ?? ((status) => status >= 200 && status < 300)
  if (accept(response.status)) return response
  response.body.on('error', () => undefined).destroy()
  const retryAfterMs = parseRetryAfter(response.headers['retry-after'], options.now)
  throw new HttpError(
    'BadStatus',
    `${options.method ?? 'GET'} ${redactUrl(response.url)}: unexpected status ${response.status}`,
    {
      details: { status: response.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
    },
  )
}

function delayFor(attempt: number, error: unknown, options: RetryOptions): number | undefined {
  const asked = error instanceof CodedError ? error.details['retryAfterMs'] : undefined
  if (options.honourRetryAfter !== false && typeof asked === 'number') {
    return asked > options.maxMs ? undefined : asked
  }
  const ceiling = Math.min(options.maxMs, options.baseMs * 2 ** (attempt - 1))
  return ceiling * (0.5 + options.random() / 2)
}
