// SPDX-License-Identifier: Apache-2.0
import { CodedError, codeOf, redactUrl } from '@tidelock/errors'

/**
 * - `InvalidUrl`: not an http or https URL.
 * - `ConnectFailed`: no connection (name not found, refused, unreachable).
 * - `ConnectionLost`: the connection broke before the response was whole.
 * - `Timeout`: one of the client's time limits passed.
 * - `TlsFailed`: handshake or certificate check failed, or the client's own TLS material is unusable.
 * - `ProxyFailed`: the proxy cannot be reached, wants other credentials, or refuses the target.
 * - `ProtocolError`: the response is not HTTP, its headers are too large, or its encoding is broken.
 * - `TooManyRedirects`, `RedirectRefused`: see the redirect policy in `redirect.ts`.
 * - `BodyTooLarge`: the body passed the given bound.
 * - `BadStatus`: thrown by `requireStatus`; `details.status`, and `details.retryAfterMs` where the server named a delay.
 */
export type HttpErrorCode =
  | 'InvalidUrl'
  | 'ConnectFailed'
  | 'ConnectionLost'
  | 'Timeout'
  | 'TlsFailed'
  | 'ProxyFailed'
  | 'ProtocolError'
  | 'TooManyRedirects'
  | 'RedirectRefused'
  | 'BodyTooLarge'
  | 'BadStatus'

/** Any failure of this package. The message names method and URL, the latter without secrets. */
export class HttpError extends CodedError<HttpErrorCode> {}

const connectCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'EADDRNOTAVAIL',
  'EACCES',
  'ENOENT',
])
const timeoutCodes = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])
const tlsCodes =
  /^(ERR_TLS_|ERR_SSL_|ERR_OSSL_|CERT_|CRL_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|HOSTNAME_MISMATCH|INVALID_(CA|PURPOSE)|EPROTO$|ERROR_IN_CERT_)/
const protocolCodes = /^(HPE_|UND_ERR_HEADERS_OVERFLOW|UND_ERR_RES_|Z_|ERR_(INVALID|UNESCAPED)_)/

const phrases: Record<HttpErrorCode, string> = {
  InvalidUrl: 'invalid URL',
  ConnectFailed: 'connection failed',
  ConnectionLost: 'connection lost',
  Timeout: 'timed out',
  TlsFailed: 'TLS failed',
  ProxyFailed: 'proxy failed',
  ProtocolError: 'invalid response',
  TooManyRedirects: 'too many redirects',
  RedirectRefused: 'redirect refused',
  BodyTooLarge: 'response body too large',
  BadStatus: 'unexpected status',
}

/** The code for a failure of undici, `node:net`, `node:tls` or `node:zlib`. */
function classify(error: unknown): HttpErrorCode {
  // undici's parser leaves its code out for some texts
  if (error instanceof Error && error.name === 'HTTPParserError') return 'ProtocolError'
  const code = codeOf(error) ?? ''
  if (timeoutCodes.has(code)) return 'Timeout'
  if (connectCodes.has(code)) return 'ConnectFailed'
  if (tlsCodes.test(code)) return 'TlsFailed'
  if (protocolCodes.test(code)) return 'ProtocolError'
  return 'ConnectionLost'
}

/** Wraps a foreign error; an `HttpError` and the reason of an aborted signal pass as they are. */
export function toHttpError(error: unknown, where: { method: string; url: string; signal?: AbortSignal }): unknown {
  if (where.signal?.aborted === true) return where.signal.reason
  if (error instanceof HttpError) return error.code === 'ProxyFailed' ? inRequest(error, where) : error
  const code = classify(error)
  return new HttpError(code, `${where.method} ${redactUrl(where.url)}: ${phrases[code]}`, {
    cause: withoutAdvice(error),
  })
}

// who reads it can give a CA, and does not start Node
const advice = /; if the root CA is installed locally.*$/s

function withoutAdvice(error: unknown): unknown {
  if (!(error instanceof Error) || !advice.test(error.message)) return error
  return Object.assign(new Error(error.message.replace(advice, '')), { code: codeOf(error) })
}

/** A proxy's refusal says nothing of the request that met it. */
function inRequest(error: HttpError, { method, url }: { method: string; url: string }): HttpError {
  return new HttpError(error.code, `${method} ${redactUrl(url)}: ${error.message}`, { cause: error.cause })
}
