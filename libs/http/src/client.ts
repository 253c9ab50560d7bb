// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises'
import type { Agent, Dispatcher } from 'undici'
import { redactUrl } from '@tidelock/errors'
import { createAgent, createForwardAgent, withoutCertificate } from './agents.ts'
import { basicAuthorization, urlCredentials } from './authorization.ts'
import { guardBody } from './body.ts'
import { proxyAuthorization, proxyFailed } from './dial-proxy.ts'
import { HttpError, toHttpError } from './http-error.ts'
import { parseProxy, type ProxySelector, type ProxyServer } from './proxy.ts'
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
  readonly #select: ProxySelector | undefined
  readonly #closing = new AbortController()
  readonly #home: Agent
  /** For hops that left the origin: the same trust, without the client certificate. Made on first use. */
  #away: Agent | undefined
  #wasAsked = false
  /** To proxies that are sent requests for plain http whole. Made on first use. */
  #forward: Agent | undefined

  constructor(options: HttpClientOptions) {
    this.#options = options
    this.#select = selectorOf(options)
    this.#home = createAgent(options, this.#select, this.#closing.signal)
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
    this.#closing.abort(new HttpError('ConnectionLost', 'the client was closed'))
    await Promise.all([this.#home.destroy(), this.#away?.destroy(), this.#forward?.destroy()])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #send(hop: Hop, request: HttpRequest): Promise<Dispatcher.ResponseData> {
    try {
      // a connection is free one turn after its response has ended: who asks at once would open another
      if (this.#wasAsked) await setImmediate()
      this.#wasAsked = true
      const named = hop.url.protocol === 'http:' ? this.#select?.(hop.url) : undefined
      const proxy = named === undefined ? undefined : parseProxy(named)
      // a proxy is asked for plain http itself, as Go and curl do: many tunnel to port 443 only
      if (proxy !== undefined && proxy.protocol !== 'socks5:') return await this.#sendForward(hop, request, proxy)
      return await this.#agentFor(hop).request({
        ...toDispatch(hop, request),
        origin: hop.url.origin,
        path: `${hop.url.pathname}${hop.url.search}`,
      })
    } catch (error) {
      throw toHttpError(error, whereOf(hop, request))
    }
  }

  async #sendForward(hop: Hop, request: HttpRequest, proxy: ProxyServer): Promise<Dispatcher.ResponseData> {
    this.#forward ??= createForwardAgent(this.#options)
    const authorization = proxyAuthorization(proxy)
    const headers = {
      ...hop.headers,
      host: hop.url.host,
      ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }),
    }
    const data = await this.#forward.request({
      ...toDispatch(hop, request),
      ...{ headers, origin: proxy.origin, path: hop.url.href },
      // one for all targets, so that they share connections
      ...{ servername: proxy.host },
    })
    if (data.statusCode !== 407) return data
    discard(data)
    throw proxyFailed(proxy, 'proxy authentication required: it refused the user name or the password, or wants them')
  }

  #agentFor(hop: Hop): Agent {
    if (!hop.credentialsDropped || this.#options.cert === undefined) return this.#home
    this.#away ??= createAgent(withoutCertificate(this.#options), this.#select, this.#closing.signal)
    return this.#away
  }
}

function selectorOf({ proxy }: HttpClientOptions): ProxySelector | undefined {
  if (proxy === undefined || typeof proxy === 'function') return proxy
  parseProxy(proxy)
  return () => proxy
}

function toDispatch(
  hop: Hop,
  request: HttpRequest,
): Pick<Dispatcher.RequestOptions, 'method' | 'headers' | 'body' | 'signal' | 'reset'> {
  return {
    method: hop.method,
    headers: hop.headers,
    body: typeof hop.body === 'function' ? hop.body() : (hop.body ?? null),
    signal: request.signal ?? null,
    // undici ends the connection after HEAD, for servers that send a body; with one that does, only its own connection fails
    ...(hop.method === 'HEAD' ? { reset: false } : {}),
  }
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
