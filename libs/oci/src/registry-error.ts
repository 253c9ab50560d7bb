// SPDX-License-Identifier: Apache-2.0
import { codeOf, redact, redactUrl } from '@tidelock/errors'
import { HttpError, parseRetryAfter, readBounded } from '@tidelock/http'
import type { HttpErrorCode, HttpResponse } from '@tidelock/http'
import { OciError } from './errors.ts'
import type { OciErrorCode } from './errors.ts'

// an import would load what `http` exports beside, Node's WebSocket: 12 MiB
const { STATUS_CODES } = process.getBuiltinModule('node:http')

const maxMessageLength = 512
const maxErrors = 4

/**
 * The error for a response with a refusing status, in the words of crane and skopeo: `GET https://…: MANIFEST_UNKNOWN: manifest
 * unknown`. Reads the body, at most `maxBytes` of it.
 */
export async function refusal(
  request: { readonly method: string; readonly url: string; readonly now: number },
  response: HttpResponse,
  maxBytes: number,
): Promise<OciError> {
  const { status, headers } = response
  const retryAfterMs = parseRetryAfter(headers['retry-after'], request.now)
  const said = request.method === 'HEAD' ? '' : await readMessage(response, maxBytes)
  if (request.method === 'HEAD') response.body.on('error', () => undefined).destroy()
  const what = said === '' ? `unexpected status code ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() : said
  return new OciError(codeOfStatus(status), `${request.method} ${redactUrl(request.url)}: ${what}`, {
    details: { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) },
  })
}

async function readMessage(response: HttpResponse, maxBytes: number): Promise<string> {
  try {
    return describe((await readBounded(response.body, maxBytes)).toString('utf8'))
  } catch {
    // the status alone is enough
    return ''
  }
}

function describe(body: string): string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return ''
  }
  const { errors, details } = (parsed ?? {}) as { errors?: unknown; details?: unknown }
  const parts = Array.isArray(errors) ? errors.slice(0, maxErrors).map(describeOne) : [text(details)]
  return parts.filter((part) => part !== '').join('; ')
}

function describeOne(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown }
  return [text(code), text(message)].filter((part) => part !== '').join(': ')
}

function text(value: unknown): string {
  if (typeof value !== 'string') return ''
  const line = value.replace(/[\s\p{Cc}]+/gu, ' ').trim()
  return redact(line.length > maxMessageLength ? `${line.slice(0, maxMessageLength)}…` : line)
}

function codeOfStatus(status: number): OciErrorCode {
  if (status === 401 || status === 403) return 'AuthenticationFailed'
  if (status === 404) return 'NotFound'
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'Unreachable'
  return status >= 400 ? 'Refused' : 'ProtocolError'
}

const transportCodes: Record<HttpErrorCode, OciErrorCode> = {
  InvalidUrl: 'InvalidReference',
  ConnectFailed: 'Unreachable',
  ConnectionLost: 'Unreachable',
  Timeout: 'Timeout',
  TlsFailed: 'TlsFailed',
  ProxyFailed: 'Unreachable',
  ProtocolError: 'ProtocolError',
  TooManyRedirects: 'ProtocolError',
  RedirectRefused: 'ProtocolError',
  BodyTooLarge: 'LimitExceeded',
  BadStatus: 'ProtocolError',
}

/** This package's error for one of `@tidelock/http`; others pass as they are. */
export function fromHttpError(error: unknown): unknown {
  if (!(error instanceof HttpError)) return error
  return new OciError(transportCodes[error.code], error.message, { cause: error })
}

/** Whether the same request may succeed later. */
export function isPassing(error: unknown): boolean {
  const code = codeOf(error)
  return error instanceof OciError && (code === 'Unreachable' || code === 'Timeout')
}
