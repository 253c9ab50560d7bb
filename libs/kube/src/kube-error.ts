// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'
import type { ObjectRef } from './object-ref.ts'

/**
 * What went wrong with a request. Named after the API server's own reasons where it gives one;
 * `Unreachable` means that no whole answer arrived, `KindNotFound` that the server does not serve the kind.
 */
export type KubeErrorCode =
  | 'AlreadyExists'
  | 'BadRequest'
  | 'ConfigInvalid'
  | 'Conflict'
  | 'DecodeFailed'
  | 'Forbidden'
  | 'Gone'
  | 'Invalid'
  | 'KindNotFound'
  | 'MethodNotAllowed'
  | 'NotFound'
  | 'RequestTooLarge'
  | 'ServerError'
  | 'Timeout'
  | 'TlsFailed'
  | 'TooManyRequests'
  | 'Unauthorized'
  | 'Unreachable'
  | 'UnsupportedMediaType'

/** One of the causes that a Status lists, for example the field that was refused. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

/** The facts of a failed request; all of them optional but those that default to "none". */
export interface KubeErrorOptions {
  readonly status?: number
  readonly reason?: string
  readonly causes?: readonly StatusCause[]
  readonly ref?: ObjectRef | undefined
  readonly retryAfterMs?: number | undefined
  /** Whether bytes of the request may have reached the server; false allows any verb to be repeated. */
  readonly sent?: boolean
  readonly cause?: unknown
}

/** A failed request to the API server. The message is the server's own wherever it sent one. */
export class KubeError extends CodedError<KubeErrorCode> {
  /** HTTP status; 0 when no answer arrived. */
  readonly status: number
  /** The Status reason as sent, for example `FieldManagerConflict`; empty when there was none. */
  readonly reason: string
  readonly causes: readonly StatusCause[]
  /** The object that the request was about, if it was about one. */
  readonly ref: ObjectRef | undefined
  /** What the server asked to wait before the next try; absent when it did not say. */
  readonly retryAfterMs: number | undefined
  readonly sent: boolean

  constructor(code: KubeErrorCode, message: string, options: KubeErrorOptions = {}) {
    const { status = 0, reason = '', causes = [], ref, retryAfterMs, sent = true, cause } = options
    super(code, message, { ...(cause === undefined ? {} : { cause }), details: { status, reason } })
    this.status = status
    this.reason = reason
    this.causes = causes
    this.ref = ref
    this.retryAfterMs = retryAfterMs
    this.sent = sent
  }
}

/** Whether the error, itself, is a KubeError with one of the codes. */
export function isKubeError(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code))
}
