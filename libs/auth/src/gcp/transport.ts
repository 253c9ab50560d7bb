// SPDX-License-Identifier: Apache-2.0
import { readBounded } from '@tidelock/http'
import type { AuthDeps } from '../deps.ts'

const maxBodyBytes = 2 ** 20

/** What Google's clients send through instead of their own `fetch`: our connections, bounds and origins, and the caller's signal. */
export function transportOptions(
  deps: Pick<AuthDeps, 'http' | 'googleOrigins'>,
  signal: AbortSignal,
): { fetchImplementation: typeof fetch; retry: false } {
  const send: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    const body = await request.text()
    const response = await deps.http.request({
      method: request.method,
      url: originOf(request.url, deps),
      headers: Object.fromEntries(request.headers),
      ...(body === '' ? {} : { body }),
      ...{ signal, maxRedirects: 0, maxBodyBytes },
    })
    const bytes = await readBounded(response.body, maxBodyBytes)
    const empty = response.status === 204 || response.status === 304
    return new Response(empty ? null : new Uint8Array(bytes), { status: response.status, headers: response.headers })
  }
  return { fetchImplementation: send, retry: false }
}

/** The URL, at the origin that stands for its host where one is given. */
export function originOf(url: string, { googleOrigins }: Pick<AuthDeps, 'googleOrigins'>): string {
  const parsed = new URL(url)
  const other = googleOrigins?.[parsed.host]
  return other === undefined ? url : `${other}${parsed.pathname}${parsed.search}`
}
