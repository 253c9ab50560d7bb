// SPDX-License-Identifier: Apache-2.0
import { errorMessage, redactUrl } from '@tidelock/errors'
import { HttpError, type HttpErrorCode } from '@tidelock/http'
import { GitError, type GitErrorCode } from './git-error.ts'

const codes: Readonly<Record<HttpErrorCode, GitErrorCode>> = {
  InvalidUrl: 'InvalidUrl',
  ConnectFailed: 'Unreachable',
  ConnectionLost: 'Unreachable',
  Timeout: 'Timeout',
  TlsFailed: 'TlsFailed',
  ProxyFailed: 'Unreachable',
  ProtocolError: 'ProtocolError',
  TooManyRedirects: 'ProtocolError',
  RedirectRefused: 'ProtocolError',
  BodyTooLarge: 'LimitExceeded',
  BadStatus: 'Unreachable',
}

/**
 * The error of a remote operation as callers see it: a `GitError` whose message begins as Flux's does, with the URL
 * redacted. What is neither a `GitError` nor an `HttpError` (a full disk, an aborted signal's reason) passes as it is.
 */
export function describeFailure(error: unknown, url: string): unknown {
  if (error instanceof GitError) {
    if (error.message.startsWith('unable to clone')) return error
    return new GitError(error.code, inContext(error.code, error.message, url), { cause: error, details: error.details })
  }
  if (!(error instanceof HttpError)) return error
  const code = codes[error.code]
  return new GitError(code, inContext(code, withoutRequest(error), url), { cause: error.cause, details: error.details })
}

function inContext(code: GitErrorCode, message: string, url: string): string {
  if (code === 'RepositoryNotFound') return `unable to clone: ${message}: git repository: '${redactUrl(url)}'`
  return `unable to clone '${redactUrl(url)}': ${message}`
}

/** "connection failed: connect ECONNREFUSED …": the request line would only repeat the URL. */
function withoutRequest(error: HttpError): string {
  return errorMessage(error).replace(/^[A-Z]+ [a-z]+:\/\/\S+: /, '')
}
