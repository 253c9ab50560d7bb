// SPDX-License-Identifier: Apache-2.0
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls'
import { Agent, type Dispatcher, request as send } from 'undici'
import { redactUrl } from '@tidelock/errors'
import { basicAuthorization, urlCredentials } from './authorization.ts'
import { guardBody } from './body.ts'
import { HttpError, toHttpError } from './http-error.ts'
import { type Hop, nextHop, withoutCredentials } from './redirect.ts'
import type { HttpClient, HttpClientOptions, HttpRequest, HttpResponse } from './types.ts'

const maxDiscardedBytes = 64 * 1024

/**
 * A client with its own pool of kept-alive connections; the owner closes it. Redirects are followed by hand (`nextHop`):
 * credentials, the client certificate included, never reach another origin, and https never leads to http.
 * Throws `TlsFailed` when the TLS material cannot be read.
 */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  return new PooledClient(options)
}

class PooledClient implements HttpClient {
  readonly #options: HttpClientOptions
  readonly #home: Agent
  /** For hops that left the origin: the same trust, without the client certificate. Made on first use. */
  #away: Agent | undefined

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#home = createAgent(options)
  }

  async request(request: HttpRequest): Promise<HttpResponse> {
    const maxRedirects = request.maxRedirects ?? this.#options.maxRedirects ?? 5
    let hop = firstHop(request, this.#options.userAgent)
    for (let redirects = 0; ; redirects++) {
      request.signal?.throwIfAborted()
      const data = await this.#send(hop, request)
      if (maxRedirects === 0) return toResponse(data, hop, request)
      const next = followed(hop, data, request)
      if (next === undefined) return toResponse(data, hop, request)
      if (redirects >= maxRedirects) {
        throw new HttpError('TooManyRedirects', `${nameOf(hop)}: too many redirects (more than ${maxRedirects})`)
      }
      hop = next
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#home.destroy(), this.#away?.destroy()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #send(hop: Hop, request: HttpRequest): Promise<Dispatcher.ResponseData> {
    try {
      return await send(hop.url, {
        method: hop.method,
        headers: hop.headers,
        body: typeof hop.body === 'function' ? hop.body() : (hop.body ?? null),
        signal: request.signal ?? null,
        dispatcher: hop.credentialsDropped ? this.#agentForAway() : this.#home,
      })
    } catch (error) {
      throw toHttpError(error, whereOf(hop, request))
    }
  }

  #agentForAway(): Agent {
    if (this.#options.cert === undefined) return this.#home
    const { cert: _cert, key: _key, ...rest } = this.#options
    this.#away ??= createAgent(rest)
    return this.#away
  }
}

function createAgent(options: HttpClientOptions): Agent {
  const timeouts = options.timeouts ?? {}
  return new Agent({
    headersTimeout: timeouts.headersMs ?? 30_000,
    bodyTimeout: timeouts.bodyMs ?? 30_000,
    maxHeaderSize: options.maxHeaderBytes ?? 64 * 1024,
    allowH2: false,
    connect: {
      timeout: timeouts.connectMs ?? 10_000,
      // one context for all connections: parsing the system's roots for each would cost milliseconds
      ...(options.insecureSkipVerify === true ? { rejectUnauthorized: false } : {}),
      ...(options.ca === undefined && options.cert === undefined ? {} : { secureContext: readTls(options) }),
    },
  })
}

function readTls(options: HttpClientOptions): SecureContext {
  try {
    return createSecureContext({
      ...(options.ca === undefined ? {} : { ca: [...getCACertificates('default'), text(options.ca)] }),
      ...(options.cert === undefined ? {} : { cert: text(options.cert) }),
      ...(options.key === undefined ? {} : { key: text(options.key) }),
    })
  } catch (error) {
    throw new HttpError('TlsFailed', 'the CA, client certificate or key is not valid PEM, or they do not match', {
      cause: error,
    })
  }
}

function text(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')
}

function firstHop(request: HttpRequest, userAgent: string): Hop {
  const url = URL.parse(request.url)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new HttpError('InvalidUrl', `invalid URL '${redactUrl(request.url)}': want http:// or https://`)
  }
  const headers: Record<string, string> = { 'user-agent': userAgent, ...request.headers }
  const credentials = urlCredentials(url)
  if (credentials !== undefined) headers['authorization'] ??= basicAuthorization(credentials)
  url.username = ''
  url.password = ''
  url.hash = ''
  const omit = request.credentials === 'omit'
  return {
    method: request.method ?? 'GET',
    url,
    headers: omit ? withoutCredentials(headers, request.credentialHeaders) : headers,
    ...(request.body === undefined ? {} : { body: request.body }),
    credentialsDropped: omit,
  }
}

function followed(hop: Hop, data: Dispatcher.ResponseData, request: HttpRequest): Hop | undefined {
  const location = headersOf(data)['location']
  let next: Hop | undefined
  try {
    next = nextHop(hop, { status: data.statusCode, location }, request.credentialHeaders)
  } catch (error) {
    discard(data)
    throw error
  }
  if (next !== undefined) discard(data)
  return next
}

/** Frees the connection of a response that nobody reads; a failure of it no longer matters. */
function discard(data: Dispatcher.ResponseData): void {
  data.body.on('error', () => undefined)
  data.body.dump({ limit: maxDiscardedBytes }).catch(() => undefined)
}

function toResponse(data: Dispatcher.ResponseData, hop: Hop, request: HttpRequest): HttpResponse {
  const headers = headersOf(data)
  const where = whereOf(hop, request)
  try {
    const body = guardBody(data.body, {
      name: nameOf(hop),
      maxBytes: request.maxBodyBytes,
      encoding: headers['content-encoding'],
      decompress: request.decompress === true && hop.method !== 'HEAD',
      mapError: (error) => toHttpError(error, where),
    })
    return {
      status: data.statusCode,
      headers,
      url: hop.url.href,
      credentialsDropped: hop.credentialsDropped,
      body,
    }
  } catch (error) {
    discard(data)
    throw error
  }
}

function headersOf(data: Dispatcher.ResponseData): Record<string, string> {
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(data.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return headers
}

function nameOf(hop: Hop): string {
  return `${hop.method} ${redactUrl(hop.url.href)}`
}

function whereOf(hop: Hop, request: HttpRequest): { method: string; url: string; signal?: AbortSignal } {
  const where = { method: hop.method, url: hop.url.href }
  return request.signal === undefined ? where : { ...where, signal: request.signal }
}
