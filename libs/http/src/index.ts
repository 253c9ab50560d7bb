// SPDX-License-Identifier: Apache-2.0
export { createHttpClient } from './client.ts'
export { HttpError } from './http-error.ts'
export type { HttpErrorCode } from './http-error.ts'
export { readBounded } from './body.ts'
export { isRetryable, parseRetryAfter, requireStatus, retry } from './retry.ts'
export type { RetryOptions } from './retry.ts'
export { keepsCredentials } from './redirect.ts'
export { basicAuthorization, bearerAuthorization, urlCredentials } from './authorization.ts'
export type {
  HttpClient,
  HttpClientOptions,
  HttpRequest,
  HttpRequestBody,
  HttpResponse,
  HttpTimeouts,
  HttpTls,
  RetryClock,
} from './types.ts'
