// SPDX-License-Identifier: Apache-2.0
export { createHttpClient } from './client.ts'
export { HttpError } from './http-error.ts'
export type { HttpErrorCode } from './http-error.ts'
export { readBounded } from './body.ts'
export { isRetryable, parseRetryAfter, requireStatus, retry } from './retry.ts'
export type { RetryOptions } from './retry.ts'
export { dialProxy } from './dial-proxy.ts'
export type { DialOptions } from './dial-proxy.ts'
export { proxyFromEnvironment } from './environment-proxy.ts'
export type { HttpProxy, ProxySelector } from './proxy.ts'
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
export { Pool, ProxyAgent } from './undici.ts'
