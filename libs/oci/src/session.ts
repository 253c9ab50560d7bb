// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { keepsCredentials } from '@tidelock/http'
import type { HttpResponse } from '@tidelock/http'
import { Authorizer } from './authorizer.ts'
import { OciError } from './errors.ts'
import { isCertificateFailure, schemesOf } from './scheme.ts'
import type { RegistryOptions } from './types.ts'
import { discard, Wire } from './wire.ts'
import type { WireRequest } from './wire.ts'

/** A request to the registry; `target` is a path from `/v2/` on, or a URL that the registry named. */
export interface SessionRequest extends Omit<WireRequest, 'url' | 'credentials'> {
  readonly target: string
  /** What a token has to allow: `repository:org/app:pull`. */
  readonly scope?: string
}

/** What is known of a registry after the first contact: its scheme, how it wants to be asked, the tokens it gave. */
export class Session implements AsyncDisposable {
  readonly wire: Wire
  readonly #options: RegistryOptions
  readonly #authorizer: Authorizer
  /** The base URL after a successful first contact, or the one under way. */
  #base: Promise<URL> | undefined

  constructor(options: RegistryOptions) {
    this.#options = options
    this.wire = new Wire(options)
    this.#authorizer = new Authorizer(this.wire, options.credentials, options.insecure === true)
  }

  /** Sends once, with a new token if the registry no longer takes the one we have. */
  async send(request: SessionRequest): Promise<HttpResponse> {
    const base = await this.base(request.signal)
    const { target, scope, ...rest } = request
    const url = resolveTarget(base, target)
    const foreign = !keepsCredentials(base, url)
    for (let first = true; ; first = false) {
      const authorization = foreign ? undefined : await this.#authorizer.authorize(scope, request.signal)
      const sent: WireRequest = {
        ...rest,
        url: url.href,
        headers: { ...rest.headers, ...(authorization === undefined ? {} : { authorization }) },
        credentials: foreign ? 'omit' : 'send',
      }
      const response = await this.#request(sent)
      const challenged = response.status === 401 && first && !foreign && this.#learn(response, base)
      if (!challenged) return this.wire.require(sent, response)
      discard(response)
      this.#authorizer.forget(scope)
    }
  }

  /** Sends, and looks anew which scheme the registry speaks when it is not there as it was. */
  async #request(request: WireRequest): Promise<HttpResponse> {
    try {
      return await this.wire.request(request)
    } catch (error) {
      if (isNoTls(error)) this.#base = undefined
      throw error
    }
  }

  /** Whether asking again with what the response says may help. */
  #learn(response: HttpResponse, base: URL): boolean {
    // where a redirect elsewhere is refused, that is no word of this registry
    if (response.credentialsDropped) return false
    return this.#authorizer.learn(response.headers['www-authenticate'], base.href)
  }

  /** First contact, once: which scheme the registry speaks, and its challenge. */
  async base(signal: AbortSignal | undefined): Promise<URL> {
    const pending = this.#base
    if (pending !== undefined) {
      const known = await pending.catch(() => undefined)
      if (known !== undefined) return known
      signal?.throwIfAborted()
      if (this.#base !== pending) return this.base(signal)
    }
    const asked = this.#contact(signal)
    this.#base = asked
    return asked
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.wire[Symbol.asyncDispose]()
  }

  async #contact(signal: AbortSignal | undefined): Promise<URL> {
    const failures: unknown[] = []
    for (const scheme of schemesOf(this.#options.registry, this.#options.insecure === true)) {
      const base = new URL(`${scheme}://${this.#options.registry}/`)
      try {
        await this.#knock(base, signal)
        return base
      } catch (error) {
        signal?.throwIfAborted()
        failures.push(error)
        if (!isNoTls(error)) break
      }
    }
    if (failures.length === 1) throw failures[0]
    const [, cause] = failures
    const message = failures.map((failure) => errorMessage(failure)).join('; ')
    throw new OciError(cause instanceof OciError ? cause.code : 'Unreachable', message, { cause })
  }

  async #knock(base: URL, signal: AbortSignal | undefined): Promise<void> {
    const response = await this.wire.send({
      url: `${base.href}v2/`,
      accept: (status) => status === 200 || status === 401,
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.status === 401) {
      this.#authorizer.learn(response.headers['www-authenticate'], base.href)
    }
    discard(response)
  }
}

/** The URL of a path, or of a location that the registry named. Throws `ProtocolError`. */
function resolveTarget(base: URL, target: string): URL {
  const url = URL.parse(target, base)
  const refuse = (why: string): OciError =>
    new OciError('ProtocolError', `${base.host}: the registry named a location that ${why}`)
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) throw refuse('is not a URL')
  if (base.protocol === 'https:' && url.protocol === 'http:') throw refuse('leads from https to http')
  return url
}

/** Whether the failure leaves open that the server speaks plain HTTP. */
function isNoTls(error: unknown): boolean {
  if (!(error instanceof OciError) || isCertificateFailure(error)) return false
  return ['TlsFailed', 'Unreachable', 'Timeout', 'ProtocolError'].includes(error.code) && !('status' in error.details)
}
