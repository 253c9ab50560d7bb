// SPDX-License-Identifier: Apache-2.0
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Artifact, Clock } from '@tidelock/api'
import { hasCode, redactUrl } from '@tidelock/errors'
import type { HttpClient, HttpResponse } from '@tidelock/http'
import { HttpError, readBounded, requireStatus, retry } from '@tidelock/http'
import type { Digest } from '../digest.ts'
import { DigestVerifier } from '../digest.ts'
import { ArtifactError } from '../errors.ts'
import { indexSuffix } from '../names.ts'

/** `host:port`, or what chooses one by the URL; undefined leaves it as it is. */
export type HostOverride = string | ((url: URL) => string | undefined)

/** How artifacts are fetched. */
export interface DownloadOptions {
  readonly http: HttpClient
  readonly clock: Pick<Clock, 'now' | 'sleep'>
  /** How often a failed download is tried again. */
  readonly retries: number
  /** `host:port` that replaces the one in the artifact's URL; a function gives one for some URLs. */
  readonly hostOverride?: HostOverride
  readonly maxBytes: number
}

/** Flux waits from 5 to 30 seconds, doubling. */
const firstWaitMs = 5000
const longestWaitMs = 30_000

/** Fetches artifacts and their indexes from file servers, and checks every byte against a digest. */
export class Downloader {
  readonly #options: DownloadOptions

  constructor(options: DownloadOptions) {
    this.#options = options
  }

  /**
   * Writes an artifact's bytes to a new file. Throws `NotFound` at once on 404, `DigestMismatch`, `TooLarge`, and `FetchFailed` when
   * all tries are used up or another one is pointless.
   */
  async toFile(artifact: Artifact, digest: Digest, file: string, signal: AbortSignal): Promise<void> {
    await this.#fetch(artifact, artifact.url, signal, async (response) => {
      const verifier = await DigestVerifier.create(digest)
      const verify = async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
        for await (const chunk of source) {
          verifier.update(chunk)
          yield chunk
        }
      }
      await pipeline(response.body, verify, createWriteStream(file, { mode: 0o600 }), { signal })
      if (!verifier.matches()) throw mismatch(artifact, artifact.digest)
    })
  }

  /** The bytes of an artifact's published index. Throws as `toFile`. */
  async index(artifact: Artifact, digest: Digest, signal: AbortSignal): Promise<Uint8Array> {
    return this.#fetch(artifact, artifact.url + indexSuffix, signal, async (response) => {
      const bytes = await readBounded(response.body, this.#options.maxBytes)
      const verifier = await DigestVerifier.create(digest)
      verifier.update(bytes)
      if (!verifier.matches()) throw mismatch(artifact, `${digest.algorithm}:${digest.hex}`)
      return bytes
    })
  }

  async #fetch<T>(
    artifact: Artifact,
    address: string,
    signal: AbortSignal,
    consume: (response: HttpResponse) => Promise<T>,
  ): Promise<T> {
    const { http, clock, retries, maxBytes } = this.#options
    const url = this.#rewrite(address)
    const attempt = async (): Promise<T> => {
      const response = await http.request({ url, signal, maxBodyBytes: maxBytes })
      return consume(requireStatus(response, { now: clock.now(), accept: (status) => status === 200 }))
    }
    try {
      return await retry(attempt, {
        attempts: retries + 1,
        baseMs: firstWaitMs,
        maxMs: longestWaitMs,
        honourRetryAfter: false,
        clock,
        // the whole wait each time, as Flux
        random: () => 1,
        signal,
      })
    } catch (error) {
      signal.throwIfAborted()
      throw toArtifactError(error, artifact, url, maxBytes)
    }
  }

  #rewrite(address: string): string {
    const url = URL.parse(address)
    if (url === null) throw new ArtifactError('FetchFailed', `'${redactUrl(address)}' is not the URL of an artifact`)
    const { hostOverride } = this.#options
    const host = typeof hostOverride === 'function' ? hostOverride(url) : hostOverride
    if (host !== undefined) url.host = host
    return url.href
  }
}

function mismatch(artifact: Artifact, digest: string): ArtifactError {
  return new ArtifactError(
    'DigestMismatch',
    `failed to verify ${artifact.path}: computed digest doesn't match '${digest}'`,
  )
}

function toArtifactError(error: unknown, artifact: Artifact, url: string, maxBytes: number): unknown {
  if (error instanceof ArtifactError) return error
  if (hasCode(error, 'ENOSPC')) {
    return new ArtifactError('NoSpace', `no space left to download ${artifact.path}`, { cause: error })
  }
  if (!(error instanceof HttpError)) return error
  if (error.details['status'] === 404) {
    return new ArtifactError('NotFound', `artifact not found at ${redactUrl(url)}`, { cause: error })
  }
  if (error.code === 'BodyTooLarge') {
    return new ArtifactError('TooLarge', `${artifact.path} is larger than ${maxBytes} bytes`, { cause: error })
  }
  return new ArtifactError('FetchFailed', 'failed to download archive', { cause: error })
}
