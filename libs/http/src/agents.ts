// SPDX-License-Identifier: Apache-2.0
import { createSecureContext, getCACertificates, type SecureContext, type SecureContextOptions } from 'node:tls'
import type { Agent as Dispatching, buildConnector as Connecting } from 'undici'
import { dialProxy } from './dial-proxy.ts'
import { HttpError } from './http-error.ts'
import type { ProxySelector } from './proxy.ts'
import type { HttpClientOptions } from './types.ts'
import { Agent, buildConnector } from './undici.ts'

type Connector = Connecting.connector

/**
 * A pool of kept-alive connections, tunnelled where the selector names a proxy. `closing` ends what is being dialled. Throws
 * `TlsFailed` when the TLS material cannot be read.
 */
export function createAgent(
  options: HttpClientOptions,
  select: ProxySelector | undefined,
  closing: AbortSignal,
): Dispatching {
  const direct = directConnector(options)
  return agentOf(options, select === undefined ? direct : tunnelConnector(options, select, direct, closing))
}

/** A pool to proxies themselves, which get requests for plain http whole; they are not shown the client certificate. */
export function createForwardAgent(options: HttpClientOptions): Dispatching {
  const direct = directConnector(withoutCertificate(options))
  // TLS is held against the name in the proxy's URL; undici would take that of the Host header, the target's
  return agentOf(options, ({ servername: _target, ...proxy }, callback) => direct(proxy, callback))
}

/** The same trust, without the client certificate. */
export function withoutCertificate(options: HttpClientOptions): HttpClientOptions {
  const { cert: _cert, key: _key, ...rest } = options
  return rest
}

function agentOf(options: HttpClientOptions, connect: Connector): Dispatching {
  const { headersMs = 30_000, bodyMs = 30_000, idleMs } = options.timeouts ?? {}
  return new Agent({
    headersTimeout: headersMs,
    bodyTimeout: bodyMs,
    ...(idleMs === undefined ? {} : { keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs }),
    maxHeaderSize: options.maxHeaderBytes ?? 64 * 1024,
    allowH2: false,
    connect,
  })
}

function directConnector(options: HttpClientOptions): Connector {
  return buildConnector({
    timeout: connectTimeout(options),
    allowH2: false,
    ...trustAnyone(options),
    // one context for all connections: a file of the client's own certificate is read once
    ...(options.ca === undefined && options.cert === undefined ? {} : { secureContext: readTls(options) }),
  })
}

// undici's own proxy agents are not used: that for SOCKS5 drops bytes and bounds, that for HTTP hides why a proxy refused, and
// SSH needs the same connections
function tunnelConnector(
  options: HttpClientOptions,
  select: ProxySelector,
  direct: Connector,
  closing: AbortSignal,
): Connector {
  const trusted = options.ca === undefined ? {} : { secureContext: readTls(withoutCertificate(options)) }
  const tls = { ...trustAnyone(options), ...trusted }
  const timeoutMs = connectTimeout(options)
  return (target, settle) => {
    const url = new URL(`${target.protocol}//${target.host ?? target.hostname}`)
    const proxy = select(url)
    if (proxy === undefined) return direct(target, settle)
    const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port)
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
    void dialProxy(proxy, { host, port }, { timeoutMs, signal: closing, tls }).then(
      (socket) => {
        if (url.protocol === 'https:') direct({ ...target, httpSocket: socket }, settle)
        else settle(null, socket)
      },
      (error: unknown) => settle(error as Error, null),
    )
  }
}

function trustAnyone({ insecureSkipVerify }: HttpClientOptions): { rejectUnauthorized?: false } {
  return insecureSkipVerify === true ? { rejectUnauthorized: false } : {}
}

function connectTimeout(options: HttpClientOptions): number {
  return options.timeouts?.connectMs ?? 10_000
}

function readTls({ ca, cert, key }: HttpClientOptions): SecureContext {
  try {
    const own = {
      ...(cert === undefined ? {} : { cert: text(cert) }),
      ...(key === undefined ? {} : { key: text(key) }),
    }
    if (ca === undefined) return createSecureContext(own)
    return trustAlso(text(ca), own) ?? createSecureContext({ ...own, ca: [...getCACertificates('default'), text(ca)] })
  } catch (error) {
    throw new HttpError('TlsFailed', 'the CA, client certificate or key is not valid PEM, or they do not match', {
      cause: error,
    })
  }
}

/**
 * A context with the system's roots and one more, which shares the roots that the process has parsed: naming them all in `ca` takes 25 times
 * the CPU and 13 times the memory (20 ms and 1.3 MiB). Undefined where Node has no such way.
 */
function trustAlso(ca: string, own: SecureContextOptions): SecureContext | undefined {
  const created = createSecureContext(own)
  const native = created.context as { addCACert?: (pem: string) => void } | undefined
  if (typeof native?.addCACert !== 'function') return undefined
  native.addCACert(ca)
  return created
}

function text(pem: string | Uint8Array): string {
  return typeof pem === 'string' ? pem : Buffer.from(pem).toString('utf8')
}
