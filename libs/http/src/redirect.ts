// SPDX-License-Identifier: Apache-2.0
import { redactUrl } from '@tidelock/errors'
import { HttpError } from './http-error.ts'
import type { HttpRequestBody } from './types.ts'

/** One request of a chain of redirects. */
export interface Hop {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body?: HttpRequestBody
  /** Once true it stays true: credentials never come back on a later hop. */
  readonly credentialsDropped: boolean
}

const redirectStatuses = new Set([301, 302, 303, 307, 308])
const alwaysCredentials = ['authorization', 'cookie', 'proxy-authorization']

/**
 * Where a response sends the request next; undefined when it is not a redirect.
 * Decided anew for each hop: https never leads to http; user information in a Location is ignored; credentials go only to
 * the origin they were meant for (`keepsCredentials`); 303, and 301/302 after a POST, become a GET without body.
 * Throws `RedirectRefused`.
 */
export function nextHop(
  hop: Hop,
  response: { readonly status: number; readonly location: string | undefined },
  credentialHeaders: readonly string[] = [],
): Hop | undefined {
  if (!redirectStatuses.has(response.status) || response.location === undefined) return undefined
  const url = target(hop, response.location)
  const dropped = hop.credentialsDropped || !keepsCredentials(hop.url, url)
  const toGet = becomesGet(hop.method, response.status)
  const kept = dropped ? withoutCredentials(hop.headers, credentialHeaders) : hop.headers
  return {
    method: toGet ? 'GET' : hop.method,
    url,
    headers: toGet ? without(kept, ['content-type', 'content-length', 'content-encoding']) : kept,
    ...(toGet || hop.body === undefined ? {} : { body: hop.body }),
    credentialsDropped: dropped,
  }
}

/**
 * Whether credentials for `from` may be sent to `to`: the same origin, or the same host's step up from http on port 80
 * to https on port 443 (what was sent in the clear may be sent again encrypted).
 */
export function keepsCredentials(from: URL, to: URL): boolean {
  if (from.origin === to.origin) return true
  const stepUp = from.protocol === 'http:' && to.protocol === 'https:'
  return stepUp && from.hostname === to.hostname && from.port === '' && to.port === ''
}

/** The headers that any origin may see. */
export function withoutCredentials(
  headers: Readonly<Record<string, string>>,
  credentialHeaders: readonly string[] = [],
): Readonly<Record<string, string>> {
  return without(headers, [...alwaysCredentials, ...credentialHeaders])
}

function without(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())))
}

function target(hop: Hop, location: string): URL {
  const refuse = (why: string): HttpError =>
    new HttpError('RedirectRefused', `${hop.method} ${redactUrl(hop.url.href)}: redirect refused: ${why}`)
  const url = URL.parse(location, hop.url)
  if (url === null) throw refuse('the Location header is not a URL')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse(`${url.protocol} is neither http: nor https:`)
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw refuse('it leads from https to http')
  url.username = ''
  url.password = ''
  url.hash = ''
  return url
}

function becomesGet(method: string, status: number): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  return status === 303 || ((status === 301 || status === 302) && method === 'POST')
}
