// SPDX-License-Identifier: Apache-2.0
import type { Readable } from 'node:stream'
import type { HttpProxy, ProxySelector } from './proxy.ts'

/** The clock that retries wait on; structurally the `Clock` of `@tidelock/api`. */
export interface RetryClock {
  /** Milliseconds since the epoch: a Retry-After date is measured against it. */
  now(): number
  /** Resolves after the time; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

/** TLS material in PEM. */
export interface HttpTls {
  /** Certificate authorities that are trusted beside the system's own. */
  readonly ca?: string | Uint8Array
  /** Client certificate (chain); needs `key`. Shown only to the origin that a request names, never after a redirect elsewhere. */
  readonly cert?: string | Uint8Array
  /** Private key of `cert`. */
  readonly key?: string | Uint8Array
}

/** How long each phase may take. A limit on the whole exchange is the caller's signal. */
export interface HttpTimeouts {
  /** From the look-up of the name to the end of the TLS handshake. Default 10 s. */
  readonly connectMs?: number
  /** From the sent request to the response's headers. Default 30 s. */
  readonly headersMs?: number
  /** Between two pieces of the body. Default 30 s. */
  readonly bodyMs?: number
  /** How long a connection is kept that nothing is sent on; a server that says so ends it earlier. Default 4 s. */
  readonly idleMs?: number
}

/** Settings of a client; every request of it shares one pool of kept-alive connections. */
export interface HttpClientOptions extends HttpTls {
  readonly userAgent: string
  /** Any certificate will do: neither authority nor name is checked. Default false. */
  readonly insecureSkipVerify?: boolean
  readonly timeouts?: HttpTimeouts
  /** Redirects followed in a row. Default 5; 0 hands redirects to the caller as responses. */
  readonly maxRedirects?: number
  /** Bytes of response headers. Default 64 KiB. */
  readonly maxHeaderBytes?: number
  /** For all requests, or chosen for each hop by its URL (`proxyFromEnvironment`). Default: none, the environment is not read. */
  readonly proxy?: HttpProxy | ProxySelector
}

/** A body that can be sent again: bytes, text, or a function that starts a new stream. */
export type HttpRequestBody = string | Uint8Array | (() => Readable)

export interface HttpRequest {
  /** Default GET. */
  readonly method?: string
  /** http or https. User information in it becomes basic authorization unless an `authorization` header is given. */
  readonly url: string
  /** Lower-case names. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: HttpRequestBody
  /** Aborts connecting, waiting and the body; what is thrown is the signal's reason. */
  readonly signal?: AbortSignal
  /** Overrides the client's. */
  readonly maxRedirects?: number
  /**
   * `omit` sends neither credential headers nor the client certificate, as after a redirect to another origin: for URLs that
   * a foreign server named. Default `send`.
   */
  readonly credentials?: 'send' | 'omit'
  /** Headers beside authorization and cookies that must not reach another origin. Lower case. */
  readonly credentialHeaders?: readonly string[]
  /** Bytes of the body (after decoding) before the stream fails with `BodyTooLarge`. Default: no limit. */
  readonly maxBodyBytes?: number
  /** Decodes `content-encoding: gzip` or `deflate`. Default false: bytes as sent. */
  readonly decompress?: boolean
}

export interface HttpResponse {
  readonly status: number
  /** Lower-case names; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>
  /** The URL that answered, after redirects, without user information. */
  readonly url: string
  /** Whether a redirect to another origin made the client leave the credentials behind. */
  readonly credentialsDropped: boolean
  /** Must be read to its end or destroyed. Fails with an `HttpError`, or with the signal's reason. */
  readonly body: Readable
}

/** Sends requests; see `createHttpClient`. */
export interface HttpClient extends AsyncDisposable {
  /** Resolves for any status, also 4xx and 5xx. Throws `HttpError`, or the signal's reason. */
  request(request: HttpRequest): Promise<HttpResponse>
  /** Ends all connections; requests under way fail. */
  close(): Promise<void>
}
