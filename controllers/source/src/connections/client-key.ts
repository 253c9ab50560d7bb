// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { HttpProxy, HttpTls, ProxySelector } from '@tidelock/http'

/** What tells the clients of objects apart. */
export interface ClientParts {
  readonly namespace: string
  /** The server, and settings that are no secret. */
  readonly server: readonly (string | number | boolean)[]
  readonly tls: HttpTls
  readonly proxy: HttpProxy | ProxySelector | undefined
  /** The credentials, or what they are made of. */
  readonly credentials: unknown
}

/**
 * One key for all that makes a difference; no secret can be read from it. Whoever comes with anything of its own, such as a client
 * certificate, shares with its namespace alone: connections that a server knows the holder of never carry another tenant's requests.
 */
export function clientKey({ namespace, server, tls, proxy, credentials }: ClientParts): string {
  const [ca, cert, key] = [text(tls.ca), text(tls.cert), text(tls.key)]
  const ownProxy = typeof proxy === 'function' ? undefined : proxy
  const own = [ca, cert, key, ownProxy, credentials]
  const tenant = own.some((part) => part !== undefined) ? namespace : undefined
  return createHash('sha256')
    .update(JSON.stringify([server, ...own.map((part) => part ?? null), tenant ?? null, typeof proxy === 'function']))
    .digest('base64')
}

function text(value: string | Uint8Array | undefined): string | undefined {
  return value === undefined ? undefined : Buffer.from(value).toString('base64')
}
