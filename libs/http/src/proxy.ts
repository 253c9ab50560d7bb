// SPDX-License-Identifier: Apache-2.0
import { urlCredentials } from './authorization.ts'
import { HttpError } from './http-error.ts'

/** A proxy as people name it. */
export interface HttpProxy {
  /** `http://`, `https://` or `socks5://`; with `socks5` names are looked up by the proxy. User information in it counts where `username` is absent. */
  readonly url: string
  readonly username?: string
  readonly password?: string
}

/** The proxy for a target, or undefined for none. */
export type ProxySelector = (target: URL) => HttpProxy | undefined

/** A proxy taken apart. */
export interface ProxyServer {
  readonly protocol: 'http:' | 'https:' | 'socks5:'
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** Scheme, host and port: for messages and as an origin. */
  readonly origin: string
  readonly credentials?: { readonly username: string; readonly password: string }
}

const ports = { 'http:': 80, 'https:': 443, 'socks5:': 1080 } as const

/** Takes a proxy's URL apart. Throws `InvalidUrl` without repeating the URL, which may hold a password. */
export function parseProxy(proxy: HttpProxy): ProxyServer {
  const url = URL.parse(proxy.url)
  if (url === null || url.hostname === '') throw new HttpError('InvalidUrl', 'the URL of the proxy is invalid')
  const protocol = url.protocol === 'socks5h:' ? 'socks5:' : url.protocol
  if (protocol !== 'http:' && protocol !== 'https:' && protocol !== 'socks5:') {
    throw new HttpError(
      'InvalidUrl',
      `the proxy has the scheme ${url.protocol.slice(0, -1)}: want http, https or socks5`,
    )
  }
  const port = url.port === '' ? ports[protocol] : Number(url.port)
  const credentials =
    proxy.username === undefined ? urlCredentials(url) : { username: proxy.username, password: proxy.password ?? '' }
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    origin: `${protocol}//${url.hostname}:${port}`,
    ...(credentials === undefined ? {} : { credentials }),
  }
}
