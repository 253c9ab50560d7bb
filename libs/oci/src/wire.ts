// SPDX-License-Identifier: Apache-2.0
import { createHttpClient, retry } from '@tidelock/http'
import type { HttpClient, HttpRequest, HttpResponse, RetryClock } from '@tidelock/http'
import { defaultLimits } from './limits.ts'
import type { RegistryLimits } from './limits.ts'
import { fromHttpError, isPassing, refusal } from './registry-error.ts'
import type { RegistryOptions } from './types.ts'

const maxDiscardedBytes = 64 * 1024

/** A request, and which statuses are answers to it. */
export interface WireRequest extends HttpRequest {
  readonly accept: (status: number) => boolean
}

/** The connections to a registry and its token service: errors of this package, retries, bounds. */
export class Wire implements AsyncDisposable {
  readonly limits: RegistryLimits
  readonly clock: RetryClock
  readonly #http: HttpClient
  readonly #options: RegistryOptions

  constructor(options: RegistryOptions) {
    this.limits = { ...defaultLimits, ...options.limits }
    this.clock = options.clock
    this.#options = options
    const {
      registry: _registry,
      credentials: _credentials,
      insecure,
      clock: _clock,
      random: _random,
      ...rest
    } = options
    const { limits: _limits, attempts: _attempts, ...http } = rest
    this.#http = translate(() =>
      createHttpClient({
        ...http,
        insecureSkipVerify: insecure === true && options.ca === undefined && options.cert === undefined,
      }),
    )
  }

  /** Sends once. Resolves for the statuses that the request accepts. */
  async send(request: WireRequest): Promise<HttpResponse> {
    return this.require(request, await this.request(request))
  }

  /** Sends once, and resolves for any status. */
  async request(request: HttpRequest): Promise<HttpResponse> {
    try {
      return await this.#http.request(request)
    } catch (error) {
      throw fromHttpError(error)
    }
  }

  /** The response; throws what it refuses with, its body read. */
  async require(request: WireRequest, response: HttpResponse): Promise<HttpResponse> {
    if (request.accept(response.status)) return response
    const { method = 'GET', url } = request
    throw await refusal({ method, url, now: this.clock.now() }, response, this.limits.errorBytes)
  }

  /** Runs what can be run again until it succeeds or fails for good. */
  retry<T>(operation: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    return retry(operation, {
      attempts: this.#options.attempts ?? 3,
      baseMs: 500,
      maxMs: 10_000,
      clock: this.clock,
      random: this.#options.random,
      retryable: isPassing,
      ...(signal === undefined ? {} : { signal }),
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.close()
  }
}

/** Frees the connection of a response that nobody reads; one that goes on is cut. */
export function discard({ body }: HttpResponse): void {
  let seen = 0
  body.on('error', () => undefined)
  body.on('data', (chunk: Uint8Array) => {
    seen += chunk.byteLength
    if (seen > maxDiscardedBytes) body.destroy()
  })
}

function translate<T>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw fromHttpError(error)
  }
}
