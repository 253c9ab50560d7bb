// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import { parseTrustedRoot } from '../cosign/trusted-root.ts'
import type { TrustedRoot } from '../cosign/trusted-root.ts'
import { VerifyError } from '../errors.ts'
import { readCachedRoot, writeCachedRoot } from './cached-root.ts'
import type { CachedRoot, TufRepository } from './cached-root.ts'
import { expiryOf } from './expiry.ts'
import type { FetchDocument } from './tuf-fetcher.ts'

/** A root younger than this is not asked for again, as with sigstore-go's live root. */
const freshMs = 24 * 3600_000
/** After a failure nothing is asked for this long, as in Flux. */
const restMs = 60_000
/** An update that takes longer has failed: shorter than what objects wait by default. */
const updateMs = 20_000

/** What a root is kept current with. */
export interface SigstoreRootOptions {
  readonly repository: TufRepository
  /** A file of its own. */
  readonly cacheFile: string
  /** Where updates make directories of their own. */
  readonly scratchRoot: string
  readonly fetch: FetchDocument
  readonly now: () => number
  /** Told of an update that failed, and of a cache that cannot be written. */
  readonly onProblem: (message: string) => void
}

interface Held {
  readonly root: TrustedRoot
  readonly fetchedAtMs: number
  readonly expiresAtMs: number
}

/** The trusted root of a Sigstore deployment, from its TUF repository, kept on disk and current. */
export class SigstoreRoot implements AsyncDisposable {
  readonly #options: SigstoreRootOptions
  readonly #stop = new AbortController()
  #cached: CachedRoot | undefined
  #held: Held | undefined
  #failure: { readonly error: VerifyError; readonly atMs: number } | undefined
  #running: Promise<Held> | undefined
  #loaded = false

  constructor(options: SigstoreRootOptions) {
    this.#options = options
  }

  /**
   * The root: the one held while it is fresh, else a newer one; the held one as long as its metadata has not expired when no newer
   * one can be had. Those who ask at the same time share one update. Throws `RootUnavailable`, and the signal's reason.
   */
  async get(signal: AbortSignal): Promise<TrustedRoot> {
    signal.throwIfAborted()
    const now = this.#options.now()
    const held = this.#held
    if (held !== undefined && now - held.fetchedAtMs < freshMs && now < held.expiresAtMs) return held.root
    if (this.#running === undefined && this.#failure !== undefined && now - this.#failure.atMs < restMs) {
      if (held !== undefined && now < held.expiresAtMs) return held.root
      throw this.#failure.error
    }
    this.#running ??= this.#renew().finally(() => {
      this.#running = undefined
    })
    return (await unlessAborted(this.#running, signal)).root
  }

  /** Ends an update under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error('the trusted root is no longer needed'))
    await this.#running?.catch(() => undefined)
  }

  async #renew(): Promise<Held> {
    await this.#load()
    const { now, onProblem } = this.#options
    const held = this.#held
    if (held !== undefined && now() - held.fetchedAtMs < freshMs && now() < held.expiresAtMs) return held
    try {
      this.#held = await this.#update(true)
      this.#failure = undefined
      return this.#held
    } catch (cause) {
      const error = this.#unavailable(cause)
      this.#failure = { error, atMs: now() }
      if (held === undefined || now() >= held.expiresAtMs) throw error
      onProblem(`${errorMessage(error)}; the one of ${new Date(held.fetchedAtMs).toISOString()} is used on`)
      return held
    }
  }

  /** Takes what an earlier process left, if it still holds. */
  async #load(): Promise<void> {
    if (this.#loaded) return
    this.#loaded = true
    const { cacheFile, repository } = this.#options
    this.#cached = await readCachedRoot(cacheFile, repository)
    if (this.#cached?.target === undefined) return
    const fetchedAtMs = Math.min(this.#cached.fetchedAtMs, this.#options.now())
    this.#held = await this.#update(false).then(
      (held) => ({ ...held, fetchedAtMs }),
      () => undefined,
    )
  }

  async #update(online: boolean): Promise<Held> {
    const { repository, cacheFile, scratchRoot, fetch, now, onProblem } = this.#options
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(updateMs)])
    // the TUF client takes memory, and most controllers never need it
    const { updateRoot } = await import('./update-root.ts')
    const update = await updateRoot({
      ...{ repository, cached: this.#cached, online, scratchRoot, nowMs: now(), signal },
      fetch: online ? fetch : () => Promise.reject(new Error('what is cached does not hold')),
    })
    const { kept } = update
    if (online) {
      this.#cached = kept
      await writeCachedRoot(cacheFile, repository, kept).catch((problem: unknown) =>
        onProblem(`the trusted root cannot be kept in ${cacheFile}: ${errorMessage(problem)}`),
      )
    }
    if (update.kind === 'failed') throw update.error
    const root = parseTrustedRoot(Buffer.from(update.target).toString('utf8'))
    return { root, fetchedAtMs: kept.fetchedAtMs, expiresAtMs: expiryOf(kept) }
  }

  #unavailable(cause: unknown): VerifyError {
    const { mirror } = this.#options.repository
    const message = `the trusted root of Sigstore cannot be had from ${mirror}`
    return new VerifyError('RootUnavailable', `${message}: ${errorMessage(cause)}`, { cause })
  }
}

async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  const abort = (): void => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
