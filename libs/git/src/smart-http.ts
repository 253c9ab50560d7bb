// SPDX-License-Identifier: Apache-2.0
import {
  basicAuthorization,
  bearerAuthorization,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  requireStatus,
  retry,
} from '@tidelock/http'
import { readAdvertisement, type RemoteRef } from './advertisement.ts'
import { GitError } from './git-error.ts'
import { PacketReader } from './pkt-line.ts'
import { encodeFetch, encodeListRefs, type FetchRequest, readRefs } from './requests.ts'
import { readPack } from './pack-stream.ts'
import type { Session, Transport } from './transport.ts'
import type { GitAuth, GitClock, GitLimits } from './types.ts'

const service = 'git-upload-pack'
const listingBytes = 128 * 1024 * 1024

/** A server that was asked once; further requests go where that one ended after redirects. */
interface HttpSession extends Session {
  /** The repository's URL, without slash at its end. */
  readonly base: string
  readonly query: string
  /** A redirect led to another origin: it gets no credentials. */
  readonly foreign: boolean
}

/** Git's smart HTTP, the reading half. */
export class SmartHttp implements Transport {
  readonly #client: HttpClient
  readonly #isShared: boolean
  readonly #url: URL
  readonly #authorization: string | undefined
  readonly #limits: GitLimits
  readonly #clock: GitClock

  constructor(options: {
    client: HttpClient
    isShared: boolean
    url: URL
    auth: GitAuth
    limits: GitLimits
    clock: GitClock
  }) {
    this.#client = options.client
    this.#isShared = options.isShared
    this.#url = options.url
    this.#authorization = authorizationOf(options.auth)
    this.#limits = options.limits
    this.#clock = options.clock
  }

  /** Asks for version 2 and takes what comes; redirects are followed here and nowhere else. */
  async discover(signal: AbortSignal): Promise<HttpSession> {
    const path = this.#url.pathname.replace(/(?<!\/)\/+$/, '')
    const query = this.#url.search === '' ? '?' : `${this.#url.search}&`
    const url = `${this.#url.origin}${path}/info/refs${query}service=${service}`
    const response = await this.#send({ url, signal, headers: this.#headers(`application/x-${service}-advertisement`) })
    if (contentType(response) !== `application/x-${service}-advertisement`) throw notSmart(response)
    const reader = new PacketReader(response.body)
    try {
      const server = await readAdvertisement(reader, this.#limits.refs)
      await reader.finish()
      return { server, ...baseOf(response.url), foreign: response.credentialsDropped }
    } finally {
      await reader.close()
    }
  }

  /** The references that begin with one of the prefixes; all of them for none. */
  async listRefs(
    session: HttpSession,
    prefixes: readonly string[],
    signal: AbortSignal,
  ): Promise<readonly RemoteRef[]> {
    if (session.server.version === 0) {
      const { refs } = session.server
      return prefixes.length === 0
        ? refs
        : refs.filter(({ name }) => prefixes.some((prefix) => name.startsWith(prefix)))
    }
    const reader = await this.#post(session, encodeListRefs(prefixes), { signal, maxBodyBytes: listingBytes })
    try {
      const refs = await readRefs(reader, this.#limits.refs)
      await reader.finish()
      return refs
    } finally {
      await reader.close()
    }
  }

  /** The bytes of a pack. */
  async *fetchPack(
    session: HttpSession,
    request: FetchRequest,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const reader = await this.#post(session, encodeFetch(request, session.server), { signal })
    try {
      yield* readPack(reader, request, session.server)
      await reader.finish()
    } finally {
      await reader.close()
    }
  }

  async close(): Promise<void> {
    if (!this.#isShared) await this.#client.close()
  }

  async #post(
    session: HttpSession,
    body: Buffer,
    options: { signal: AbortSignal; maxBodyBytes?: number },
  ): Promise<PacketReader> {
    const response = await this.#send({
      method: 'POST',
      url: `${session.base}/${service}${session.query}`,
      headers: {
        ...this.#headers(`application/x-${service}-result`),
        'content-type': `application/x-${service}-request`,
      },
      body,
      credentials: session.foreign ? 'omit' : 'send',
      maxRedirects: 0,
      ...options,
    })
    if (contentType(response) !== `application/x-${service}-result`) throw notSmart(response)
    return new PacketReader(response.body)
  }

  #send(request: HttpRequest): Promise<HttpResponse> {
    const once = async (): Promise<HttpResponse> => {
      const response = await this.#client.request({ ...request, decompress: true })
      const passing = (status: number): boolean => status !== 429 && status < 500
      requireStatus(response, { method: request.method ?? 'GET', now: this.#clock.now(), accept: passing })
      return requireGitStatus(response, this.#authorization !== undefined)
    }
    return retry(once, {
      attempts: 3,
      baseMs: 250,
      maxMs: 5_000,
      clock: this.#clock,
      // one repository asks once an interval: nothing to spread
      random: () => 1,
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    })
  }

  #headers(accept: string): Record<string, string> {
    return {
      accept,
      'accept-encoding': 'gzip, deflate',
      'git-protocol': 'version=2',
      ...(this.#authorization === undefined ? {} : { authorization: this.#authorization }),
    }
  }
}

function authorizationOf(auth: GitAuth): string | undefined {
  if (auth.basic !== undefined) return basicAuthorization(auth.basic)
  return auth.bearer === undefined ? undefined : bearerAuthorization(auth.bearer)
}

function requireGitStatus(response: HttpResponse, authorized: boolean): HttpResponse {
  if (response.status === 200) return response
  response.body.on('error', () => undefined).destroy()
  const left =
    response.credentialsDropped && authorized ? ' (a redirect led to another host, which gets no credentials)' : ''
  switch (response.status) {
    case 401:
      throw new GitError('AuthenticationFailed', `authentication required${left}`)
    case 403:
      throw new GitError('AuthenticationFailed', `authorization failed${left}`)
    case 404:
    case 410:
      throw new GitError('RepositoryNotFound', 'repository not found')
    default:
      throw new GitError('ProtocolError', `unexpected status ${response.status}`)
  }
}

function contentType(response: HttpResponse): string {
  return (response.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? ''
}

function notSmart(response: HttpResponse): GitError {
  response.body.on('error', () => undefined).destroy()
  const type = contentType(response).slice(0, 64)
  return new GitError(
    'ProtocolError',
    `the server does not speak Git's smart HTTP: it answered with content of type ${JSON.stringify(type)}`,
  )
}

function baseOf(answered: string): { base: string; query: string } {
  const url = new URL(answered)
  const suffix = '/info/refs'
  if (!url.pathname.endsWith(suffix))
    throw new GitError('ProtocolError', 'a redirect led to a URL that does not end with /info/refs')
  const query = url.search.replace(/[?&]service=git-upload-pack$/, '')
  return { base: `${url.origin}${url.pathname.slice(0, -suffix.length)}`, query }
}
