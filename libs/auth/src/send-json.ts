// SPDX-License-Identifier: Apache-2.0
import { HttpError, parseRetryAfter, readBounded, retry } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import type { AuthDeps } from './deps.ts'
import { AuthError } from './errors.ts'
import type { AuthErrorCode } from './errors.ts'
import { reasonOf, refusalError } from './provider-error.ts'

const maxBodyBytes = 2 ** 20

export interface JsonRequest {
  /** What is asked of whom: begins the messages. */
  readonly subject: string
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  /** Sent as a form instead of `body`. */
  readonly form?: Readonly<Record<string, string>>
  /** Texts that must not show in a message. */
  readonly secrets?: readonly (string | undefined)[]
  /** Finds the service's words in the body of a refusal. */
  readonly reason?: (body: Record<string, unknown>) => string | undefined
  /** What a status means where the usual meaning is wrong. */
  readonly codes?: Readonly<Record<number, AuthErrorCode>>
}

/** A JSON answer with its status, whatever that is. */
export interface JsonAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Record<string, unknown>
}

type SendDeps = Pick<AuthDeps, 'clock' | 'random'>

/**
 * Sends the request, up to three times where the failure may pass, and returns the body of a 2xx. Redirects are refused: they would
 * carry the credential elsewhere. Throws `AuthError`, or the signal's reason.
 */
export async function sendJson(
  http: HttpClient,
  request: JsonRequest,
  deps: SendDeps,
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const attempt = async (): Promise<Record<string, unknown>> => {
    const answer = await sendOnce(http, request, signal)
    if (answer.status >= 200 && answer.status < 300) return answer.body
    throw refusalOf(request, answer, deps)
  }
  return retry(attempt, {
    ...{ attempts: 3, baseMs: 200, maxMs: 5000, signal, ...deps },
    retryable: (error) => error instanceof AuthError && error.code === 'Unavailable',
  })
}

/** One try; any status is an answer. */
export async function sendOnce(http: HttpClient, request: JsonRequest, signal: AbortSignal): Promise<JsonAnswer> {
  const { subject, method, url, headers = {}, secrets = [] } = request
  const payload = payloadOf(request)
  try {
    const response = await http.request({
      ...{ method, url, signal, maxRedirects: 0, maxBodyBytes },
      headers: { accept: 'application/json', ...payload.headers, ...headers },
      ...payload.body,
    })
    const text = (await readBounded(response.body, maxBodyBytes)).toString('utf8')
    return { status: response.status, headers: response.headers, body: parseBody(text, response.status, subject) }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof AuthError) throw error
    const code = error instanceof HttpError && error.code === 'TlsFailed' ? 'Rejected' : undefined
    throw refusalError({ subject, reason: reasonOf(error), secrets, code })
  }
}

function payloadOf({ body, form }: JsonRequest): { headers: Record<string, string>; body: { body?: string } } {
  const typed = (type: string, text: string) => ({ headers: { 'content-type': type }, body: { body: text } })
  if (form !== undefined) return typed('application/x-www-form-urlencoded', new URLSearchParams(form).toString())
  return body === undefined ? { headers: {}, body: {} } : typed('application/json', JSON.stringify(body))
}

/** The error that a refusing answer stands for. */
function refusalOf(request: JsonRequest, answer: JsonAnswer, { clock }: Pick<SendDeps, 'clock'>): AuthError {
  const { subject, secrets = [], reason, codes } = request
  const { status, headers, body } = answer
  const words = reason?.(body) ?? `status ${status}`
  const redirected = status >= 300 && status < 400 ? 'redirects are not followed' : undefined
  const error = refusalError({ subject, status, reason: redirected ?? words, secrets, code: codes?.[status] })
  const retryAfterMs = parseRetryAfter(headers['retry-after'], clock.now())
  if (retryAfterMs === undefined) return error
  return new AuthError(error.code, error.message, { details: { ...error.details, retryAfterMs } })
}

function parseBody(text: string, status: number, subject: string): Record<string, unknown> {
  if (text.trim() === '') return {}
  try {
    const value = JSON.parse(text) as unknown
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // a proxy's page in place of a refusal: the status says enough
  }
  if (status >= 300) return {}
  throw new AuthError('ProtocolError', `${subject}: the answer is not a JSON object`)
}

/** The text at a path of nested objects; undefined when there is none. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  let at = value
  for (const key of path) at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined
  return typeof at === 'string' && at !== '' ? at : undefined
}
