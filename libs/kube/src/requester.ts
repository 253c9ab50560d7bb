// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http'
import { formatDuration, systemClock } from '@tidelock/api'
import type { Clock } from '@tidelock/api'
import type { KubeClientOptions, RequestInfo, RetryPolicy } from './client-options.ts'
import { abortWith } from './abort-with.ts'
import { BoundedText } from './bounded-text.ts'
import { ConnectionGate } from './connection-gate.ts'
import { credentialHeaders, impersonationHeaders } from './credential-headers.ts'
import { KubeError } from './kube-error.ts'
import type { ObjectRef } from './object-ref.ts'
import { RateLimiter } from './rate-limiter.ts'
import { defaultRetryPolicy, retryDelayMs } from './retry.ts'
import type { Repeatability } from './retry.ts'
import { toAnswerError } from './status-error.ts'
import { Transport } from './transport.ts'
import type { HttpAnswer, StreamSink } from './transport.ts'
import type { ClusterTarget, Impersonation } from './target.ts'
import { parseWarnings } from './warnings.ts'

/** What a request is about, for metrics. */
export type RequestSubject = Pick<RequestInfo, 'verb' | 'resource' | 'group' | 'namespace' | 'name'>

/** One API request. */
export interface ApiRequest {
  readonly method: string
  readonly path: string
  readonly subject: RequestSubject
  readonly repeatability: Repeatability
  readonly accept?: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly body?: string | undefined
  readonly ref?: ObjectRef | undefined
  readonly signal?: AbortSignal | undefined
  readonly impersonate?: Impersonation | undefined
}

/** A Status that refuses a watch is small. */
const maxRefusalBytes = 1024 * 1024

const goneAnswer: HttpAnswer = { status: 200, headers: {}, body: '{}' }

/** Redirects are refused: credentials go to nobody but the server they are for. 304 answers a conditional read. */
function isSuccess(status: number): boolean {
  return status < 300 || status === 304
}

/** Sends requests to one API server with one credential: authentication, rate limit, retries, metrics, warnings. */
export class Requester {
  readonly clock: Clock
  readonly random: () => number
  readonly gate: ConnectionGate
  readonly #options: KubeClientOptions
  readonly #target: ClusterTarget
  readonly #transport: Transport
  readonly #retry: RetryPolicy
  /** Undefined when unlimited, and from the moment that the server is known to do its own flow control. */
  #limiter: RateLimiter | undefined
  /** The server refused the last token: the next request asks for a newer one. */
  #tokenRefused = false

  constructor(options: KubeClientOptions) {
    this.clock = options.clock ?? systemClock
    this.random = options.random ?? Math.random
    this.gate = new ConnectionGate({ clock: this.clock, random: this.random })
    this.#options = options
    this.#target = options.target
    this.#retry = { ...defaultRetryPolicy, ...options.retry }
    this.#limiter = options.rateLimit === undefined ? undefined : new RateLimiter(options.rateLimit, this.clock)
    this.#transport = new Transport(options.target, {
      maxConnections: options.maxConnections ?? 64,
      requestTimeoutMs: options.requestTimeoutMs ?? 65_000,
      connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
      maxResponseBytes: options.maxResponseBytes ?? 256 * 1024 * 1024,
    })
  }

  get host(): string {
    return this.#transport.host
  }

  /** Sends, repeats within bounds what may be repeated, and returns an answer below 400. Throws KubeError, or the signal's reason. */
  async send(request: ApiRequest): Promise<HttpAnswer> {
    let uncertain = false
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#authorized(request)
      if (!(answer instanceof KubeError)) return answer
      // the try before this one did it, and its answer was lost
      if (uncertain && request.method === 'DELETE' && answer.code === 'NotFound') return goneAnswer
      const delayMs = retryDelayMs(answer, attempt, request.repeatability, this.#retry, this.random)
      if (delayMs === undefined) throw answer
      uncertain ||= answer.status >= 500 || (answer.status === 0 && answer.sent)
      await this.clock.sleep(delayMs, request.signal)
    }
  }

  /** Opens a stream; resolves at its response headers. Errors before them are thrown, none is repeated. */
  async open(request: ApiRequest, sink: Pick<StreamSink, 'data' | 'end' | 'fail'>): Promise<void> {
    await this.#limiter?.take(request.signal)
    const headers = await this.#headers(request)
    const startMs = this.clock.monotonic()
    const opened = Promise.withResolvers<void>()
    let refusal: { status: number; headers: IncomingHttpHeaders; body: BoundedText } | undefined
    let started = false
    this.#transport.stream(
      { ...request, headers },
      {
        start: (status, answered) => {
          started = true
          this.#report(request, String(status), startMs)
          this.#observe(request, answered)
          if (isSuccess(status)) opened.resolve()
          else refusal = { status, headers: answered, body: new BoundedText(maxRefusalBytes) }
        },
        data: (chunk) => (refusal === undefined ? sink.data(chunk) : refusal.body.push(chunk)),
        end: () => {
          if (refusal === undefined) sink.end()
          else opened.reject(this.#refused(request, refusal.status, refusal.headers, refusal.body.toString()))
        },
        fail: (error) => {
          if (!started && error instanceof KubeError) this.#report(request, '<error>', startMs)
          if (!started || refusal !== undefined) opened.reject(error)
          else sink.fail(error)
        },
      },
    )
    return opened.promise
  }

  close(): Promise<void> {
    return this.#transport.close()
  }

  /** One try, and one more with a newer token if the server refused this one: it may have been rotated since it was read. */
  async #authorized(request: ApiRequest): Promise<HttpAnswer | KubeError> {
    const answer = await this.#once(request)
    if (!(answer instanceof KubeError) || answer.code !== 'Unauthorized' || this.#target.token === undefined)
      return answer
    return this.#once(request)
  }

  /** One try; an error that may be repeated is returned, an abort is thrown. */
  async #once(request: ApiRequest): Promise<HttpAnswer | KubeError> {
    await this.#limiter?.take(request.signal)
    const headers = await this.#headers(request)
    const startMs = this.clock.monotonic()
    let answer: HttpAnswer
    try {
      answer = await this.#exchange(request, headers)
    } catch (error) {
      if (!(error instanceof KubeError)) throw error
      this.#report(request, '<error>', startMs)
      return error
    }
    this.#report(request, String(answer.status), startMs)
    this.#observe(request, answer.headers)
    return isSuccess(answer.status) ? answer : this.#refused(request, answer.status, answer.headers, answer.body)
  }

  async #exchange(request: ApiRequest, headers: Record<string, string | string[]>): Promise<HttpAnswer> {
    const { exchangeTimeoutMs } = this.#options
    if (exchangeTimeoutMs === undefined) return this.#transport.exchange({ ...request, headers })
    const late = abortWith(request.signal)
    const message = `the API server ${this.host} did not finish its answer within ${formatDuration(exchangeTimeoutMs)}`
    const cancel = this.clock.setTimeout(() => late.abort(new KubeError('Timeout', message)), exchangeTimeoutMs)
    try {
      return await this.#transport.exchange({ ...request, headers, signal: late.signal })
    } finally {
      cancel()
      late.release()
    }
  }

  #refused(request: ApiRequest, status: number, headers: IncomingHttpHeaders, body: string): KubeError {
    if (status === 401) this.#tokenRefused = true
    return toAnswerError(status, body, {
      method: request.method,
      path: request.path,
      ref: request.ref,
      retryAfter: headers['retry-after'],
    })
  }

  async #headers(request: ApiRequest): Promise<Record<string, string | string[]>> {
    const refresh = this.#tokenRefused
    this.#tokenRefused = false
    const impersonate = request.impersonate ?? this.#target.impersonate
    return {
      accept: request.accept ?? 'application/json',
      'user-agent': this.#options.userAgent,
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
      ...(await credentialHeaders(this.#target, refresh)),
      ...(impersonate === undefined ? {} : impersonationHeaders(impersonate)),
      ...request.headers,
    }
  }

  #report(request: ApiRequest, code: string, startMs: number): void {
    const { method, subject } = request
    this.#options.onRequest?.({
      method,
      code,
      host: this.host,
      durationMs: this.clock.monotonic() - startMs,
      verb: subject.verb,
      resource: subject.resource,
      group: subject.group,
      namespace: subject.namespace,
      name: subject.name,
    })
  }

  #observe(request: ApiRequest, headers: IncomingHttpHeaders): void {
    if (this.#limiter !== undefined && headers['x-kubernetes-pf-flowschema-uid'] !== undefined)
      this.#limiter = undefined
    if (headers.warning === undefined || this.#options.onWarning === undefined) return
    for (const text of parseWarnings(headers.warning)) {
      this.#options.onWarning(text, { method: request.method, path: request.path })
    }
  }
}
