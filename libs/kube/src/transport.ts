// SPDX-License-Identifier: Apache-2.0
import type { IncomingHttpHeaders } from 'node:http'
import { Pool, ProxyAgent } from '@tidelock/http'
import type { Dispatcher } from 'undici'
import type { ClusterTarget } from './target.ts'
import { BoundedText } from './bounded-text.ts'
import { toConnectionError } from './connection-error.ts'

/** One HTTP request; `path` is relative to the target's server URL and has its query. */
export interface HttpRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** A whole answer. */
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Receives a streamed answer. Exactly one of `end` and `fail` is called, once, as the last. */
export interface StreamSink {
  start(status: number, headers: IncomingHttpHeaders): void
  /** What it throws ends the stream and goes to `fail`. */
  data(chunk: Buffer): void
  end(): void
  /** A connection error, the signal's reason, or what `data` threw. */
  fail(error: unknown): void
}

/** Bounds of a transport. */
export interface TransportOptions {
  readonly maxConnections: number
  readonly requestTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly maxResponseBytes: number
}

type Headers = NonNullable<Dispatcher.DispatchOptions['headers']>

/** The kernel probes an idle connection after this time, then each second, and gives a dead peer up after ten: no watch hangs on a peer that vanished. */
const keepAliveProbeMs = 15_000
/** Below the 90 s after which the API server closes idle connections, so that a write rarely meets a closing one. */
const idleConnectionMs = 45_000

/** HTTP/1.1 connections to one API server: a bounded pool for requests, one connection each for watches. */
export class Transport {
  readonly host: string
  readonly #base: string
  readonly #requests: Dispatcher
  readonly #streams: Dispatcher
  readonly #requestTimeoutMs: number
  readonly #maxResponseBytes: number

  constructor(target: ClusterTarget, options: TransportOptions) {
    const url = new URL(target.server)
    this.host = url.host
    this.#base = url.pathname.replace(/(?<!\/)\/+$/, '')
    this.#requestTimeoutMs = options.requestTimeoutMs
    this.#maxResponseBytes = options.maxResponseBytes
    this.#requests = createDispatcher(target, url.origin, options, options.maxConnections)
    this.#streams = createDispatcher(target, url.origin, options, null)
  }

  /** Sends a request and reads the whole answer, whatever its status. Throws a KubeError if no whole answer arrives. */
  exchange(request: HttpRequest): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      let status = 0
      let headers: IncomingHttpHeaders = {}
      const chunks = new BoundedText(this.#maxResponseBytes)
      this.#dispatch(this.#requests, request, this.#requestTimeoutMs, {
        start: (code, received) => {
          status = code
          headers = received
        },
        data: (chunk) => chunks.push(chunk),
        end: () => resolve({ status, headers, body: chunks.toString() }),
        fail: reject,
      })
    })
  }

  /** Sends a request whose answer may go on for ever; bytes go to the sink as they come. Silence is the caller's to bound. */
  stream(request: HttpRequest, sink: StreamSink): void {
    this.#dispatch(this.#streams, request, 0, sink)
  }

  /** Ends every connection, running requests included. */
  async close(): Promise<void> {
    await Promise.all([this.#requests.destroy(), this.#streams.destroy()])
  }

  #dispatch(dispatcher: Dispatcher, request: HttpRequest, bodyTimeout: number, sink: StreamSink): void {
    const { signal } = request
    if (signal?.aborted === true) return sink.fail(signal.reason)
    let controller: Dispatcher.DispatchController | undefined
    let settled = false
    const settle = (finish: () => void): void => {
      if (settled) return
      settled = true
      signal?.removeEventListener('abort', abort)
      finish()
    }
    const abort = (): void => {
      settle(() => sink.fail(signal?.reason))
      controller?.abort(signal?.reason as Error)
    }
    signal?.addEventListener('abort', abort, { once: true })
    const options = {
      path: this.#base + request.path,
      method: request.method,
      headers: request.headers as Headers,
      body: request.body ?? null,
      headersTimeout: this.#requestTimeoutMs,
      bodyTimeout,
      // a DELETE has a body here; undici would close the connection after each
      reset: false,
    }
    dispatcher.dispatch(options, {
      onRequestStart(started) {
        controller = started
        if (settled) started.abort(signal?.reason as Error)
      },
      onResponseStart(_controller, status, headers) {
        // 1xx answers precede the real one
        if (!settled && status >= 200) sink.start(status, headers)
      },
      onResponseData(responding, chunk) {
        if (settled) return
        try {
          sink.data(chunk)
        } catch (error) {
          settle(() => sink.fail(error))
          responding.abort(error as Error)
        }
      },
      onResponseEnd: () => settle(() => sink.end()),
      onResponseError: (_controller, error) =>
        settle(() => sink.fail(toConnectionError(error, this.host, controller !== undefined))),
    })
  }
}

function createDispatcher(
  target: ClusterTarget,
  origin: string,
  options: TransportOptions,
  connections: number | null,
): Dispatcher {
  const tls = {
    ...(target.ca === undefined ? {} : { ca: target.ca }),
    ...(target.cert === undefined ? {} : { cert: target.cert }),
    ...(target.key === undefined ? {} : { key: target.key }),
    ...(target.serverName === undefined ? {} : { servername: target.serverName }),
    rejectUnauthorized: target.insecureSkipTlsVerify !== true,
  }
  const common = { connections, pipelining: 1, allowH2: false, keepAliveTimeout: idleConnectionMs }
  if (target.proxyUrl !== undefined) {
    const agent = new ProxyAgent({ ...common, uri: target.proxyUrl, requestTls: tls })
    return bindOrigin(agent, origin)
  }
  return new Pool(origin, {
    ...common,
    connect: { ...tls, timeout: options.connectTimeoutMs, keepAlive: true, keepAliveInitialDelay: keepAliveProbeMs },
  })
}

/** A ProxyAgent serves any origin and wants it with each request; a Pool knows its own. */
function bindOrigin(agent: Dispatcher, origin: string): Dispatcher {
  return agent.compose((dispatch) => (options, handler) => dispatch({ ...options, origin }, handler))
}
