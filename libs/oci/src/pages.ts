// SPDX-License-Identifier: Apache-2.0
import type { HttpResponse } from '@tidelock/http'
import { OciError } from './errors.ts'
import { readBody } from './manifests.ts'
import type { Repository } from './repository.ts'
import type { CallOptions } from './types.ts'

/** One page of a list, parsed, and the response that it came in. */
export interface Page {
  readonly body: Readonly<Record<string, unknown>>
  readonly response: HttpResponse
}

/** What a list is asked with. */
export interface ListRequest {
  /** For messages: `tags of ghcr.io/org/app`. */
  readonly what: string
  readonly target: string
  readonly headers?: Readonly<Record<string, string>>
  readonly accept: (status: number) => boolean
}

/**
 * The pages of a list, following `Link` headers of the same registry. Ends with `LimitExceeded` where a registry goes on and on,
 * and with `ProtocolError` where it sends back to a page that was read.
 */
export async function* readPages(
  repository: Repository,
  request: ListRequest,
  options: CallOptions,
): AsyncGenerator<Page> {
  const seen = new Set<string>()
  let target: string | undefined = request.target
  while (target !== undefined) {
    if (seen.size >= repository.limits.pages) {
      throw new OciError('LimitExceeded', `${request.what}: more than ${repository.limits.pages} pages`)
    }
    seen.add(target)
    const current: string = target
    const page: Page = await repository.retry(() => readPage(repository, current, request, options), options)
    yield page
    target = nextTarget(page.response, request.what)
    if (target !== undefined && seen.has(target)) {
      throw new OciError('ProtocolError', `${request.what}: the registry sends back to a page that was read`)
    }
  }
}

async function readPage(
  repository: Repository,
  target: string,
  { what, headers, accept }: ListRequest,
  options: CallOptions,
): Promise<Page> {
  const response = await repository.send({ target, accept, ...(headers === undefined ? {} : { headers }) }, options)
  const bytes = await readBody(response, repository.limits.pageBytes, what)
  // a refusal that the caller accepts: what it says does not matter
  if (response.status !== 200) return { body: {}, response }
  let body: unknown
  try {
    body = JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new OciError('ProtocolError', `${what}: the registry's answer is not JSON`)
  }
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new OciError('ProtocolError', `${what}: the registry's answer is not an object`)
  }
  return { body: body as Page['body'], response }
}

/** The path and query of the next page. Another host is refused: the list is this registry's. */
function nextTarget(response: HttpResponse, what: string): string | undefined {
  const link = /^\s*<([^<>]{1,4096})>[^<>,]*;\s*rel="?next"?\s*(?:$|[;,])/.exec(response.headers['link'] ?? '')?.[1]
  if (link === undefined) return undefined
  const base = new URL(response.url)
  const url = URL.parse(link, base)
  // registries behind a proxy may name themselves by http, or by an inner port
  if (url === null || url.hostname !== base.hostname) {
    throw new OciError('ProtocolError', `${what}: the registry names a next page elsewhere`)
  }
  return `${url.pathname}${url.search}`
}
