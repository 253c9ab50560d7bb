// SPDX-License-Identifier: Apache-2.0
import { KubeError } from './kube-error.ts'
import type { KubeErrorCode, StatusCause } from './kube-error.ts'
import type { ObjectRef } from './object-ref.ts'

/** A `meta/v1` Status, as error answers and watch ERROR events carry it. */
export interface Status {
  readonly kind?: string
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly name?: string
    readonly causes?: readonly StatusCause[]
    readonly retryAfterSeconds?: number
  }
}

/** What an error answer is about, for its message and its fields. */
export interface ErrorContext {
  readonly method: string
  readonly path: string
  readonly ref?: ObjectRef | undefined
  readonly retryAfter?: string | undefined
}

const byReason: Readonly<Record<string, KubeErrorCode>> = {
  AlreadyExists: 'AlreadyExists',
  BadRequest: 'BadRequest',
  Conflict: 'Conflict',
  Expired: 'Gone',
  Forbidden: 'Forbidden',
  Gone: 'Gone',
  InternalError: 'ServerError',
  Invalid: 'Invalid',
  MethodNotAllowed: 'MethodNotAllowed',
  NotFound: 'NotFound',
  RequestEntityTooLarge: 'RequestTooLarge',
  ServerTimeout: 'Timeout',
  ServiceUnavailable: 'ServerError',
  Timeout: 'Timeout',
  TooManyRequests: 'TooManyRequests',
  Unauthorized: 'Unauthorized',
  UnsupportedMediaType: 'UnsupportedMediaType',
}

const byStatus: Readonly<Record<number, KubeErrorCode>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  504: 'Timeout',
}

/** What an API server says in plain text where it serves nothing. */
const pageNotFound = '404 page not found'

/** The longest message of a Status that is kept: a server need not be a friend, and people read the beginning. */
const messageChars = 64 * 1024
const maxCauses = 1000

/** The error for an answer with a status of 400 or more. */
export function toAnswerError(status: number, body: string, context: ErrorContext): KubeError {
  const parsed = parseStatus(body)
  if (parsed !== undefined) return toStatusError({ code: status, ...parsed }, context)
  // what else stands at an address that a user gave may be nobody's to read, so it is not quoted
  const text = body.trim() === pageNotFound ? pageNotFound : ''
  return new KubeError(
    status === 404 ? 'KindNotFound' : codeFor(status, ''),
    `${context.method} ${withoutQuery(context.path)}: status ${status}${text === '' ? '' : `: ${text}`}`,
    { status, ref: context.ref, retryAfterMs: parseRetryAfter(context.retryAfter) },
  )
}

/** The error for a Status, whichever way it came. */
export function toStatusError(status: Status, context: ErrorContext): KubeError {
  const code = status.code ?? 500
  const reason = status.reason ?? ''
  const seconds = status.details?.retryAfterSeconds
  const fromDetails = seconds === undefined || seconds === 0 ? undefined : seconds * 1000
  return new KubeError(
    isPathUnknown(code, status) ? 'KindNotFound' : codeFor(code, reason),
    status.message === undefined
      ? `${context.method} ${withoutQuery(context.path)}: status ${code} ${reason}`.trim()
      : withoutValues(status.message),
    {
      status: code,
      reason,
      causes: (status.details?.causes ?? []).slice(0, maxCauses).map(withoutCauseValues),
      ref: context.ref,
      retryAfterMs: parseRetryAfter(context.retryAfter) ?? fromDetails,
    },
  )
}

/** A value of the wrong type, as the server quotes it: `expected string, got &value.valueUnstructured{Value:…}`. Ends where the next path begins. */
const quotedValue = /\bgot &[\s\S]*?(?=\n {2}\.|$)/g

// the value may be a Secret's, and the path and the type that was expected say enough; the server hides other values of Secrets itself
function withoutValues(message: string): string {
  return message.slice(0, messageChars).replace(quotedValue, 'got *****')
}

function withoutCauseValues(cause: StatusCause): StatusCause {
  return cause.message === undefined ? cause : { ...cause, message: withoutValues(cause.message) }
}

/** Whether a watch or list at this version can never be answered: the version is forgotten, or none of this server's. Only a new list helps. */
export function isExpired(error: KubeError): boolean {
  if (error.code === 'Gone') return true
  return (
    error.causes.some(({ reason }) => reason === 'ResourceVersionTooLarge') ||
    error.message.startsWith('Too large resource version')
  )
}

/** Milliseconds from a Retry-After header in seconds; the API server sends no dates. */
export function parseRetryAfter(header: string | undefined): number | undefined {
  if (header === undefined || !/^\d{1,6}$/.test(header)) return undefined
  return Number(header) * 1000
}

// the server names the object that it misses; where it names none, it does not serve the path: its kind is gone or moved
function isPathUnknown(code: number, status: Status): boolean {
  return code === 404 && (status.details?.name === undefined || status.details.name === '')
}

function parseStatus(body: string): Status | undefined {
  try {
    const parsed = JSON.parse(body) as Status | null
    return typeof parsed === 'object' && parsed?.kind === 'Status' ? parsed : undefined
  } catch {
    return undefined
  }
}

function codeFor(status: number, reason: string): KubeErrorCode {
  return byReason[reason] ?? byStatus[status] ?? (status >= 500 ? 'ServerError' : 'BadRequest')
}

function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? path
}
