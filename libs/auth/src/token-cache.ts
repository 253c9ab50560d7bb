// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { withSignal } from './with-signal.ts'

/** Anything that ends. */
export interface Expiring {
  readonly expiresAtMs: number
}

/** The object, and what is done for it, that a token is looked up for: labels of the cache's metrics. */
export interface TokenUser {
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly operation: string
}

/** Told of what the cache does. */
export interface TokenCacheObserver {
  event(type: 'cache_hit' | 'cache_miss', user: TokenUser): void
  request(status: 'success' | 'failure'): void
  eviction(): void
  items(count: number): void
}

export interface TokenCacheOptions {
  /** Most tokens kept; the one that was not used for longest goes first. */
  readonly maxSize: number
  /** Longest time that a token is kept, also when it is good for longer. */
  readonly maxDurationMs: number
  readonly now: () => number
  readonly observer?: TokenCacheObserver
}

interface Kept {
  readonly value: Expiring
  readonly untilMs: number
}

// as the kubelet renews tokens: whoever is handed one still has a fifth of its life to use it
const usableShare = 0.8

/**
 * Tokens in memory, at most `maxSize`, each until four fifths of its life have passed and never longer than `maxDurationMs`.
 * Callers that ask for one key at the same time share one request; a failure is not kept.
 */
export class TokenCache {
  readonly #options: TokenCacheOptions
  /** In the order of use, the latest last. */
  readonly #kept = new Map<string, Kept>()
  readonly #underWay = new Map<string, { readonly result: Promise<Expiring>; readonly signal: AbortSignal }>()

  constructor(options: TokenCacheOptions) {
    this.#options = options
  }

  /**
   * The kept token of the key, else what `create` yields. Who waits for another's request stops waiting when its own signal aborts,
   * and asks itself when the other was aborted.
   */
  async get<T extends Expiring>(
    key: string,
    create: () => Promise<T>,
    { user, signal }: { readonly user?: TokenUser | undefined; readonly signal: AbortSignal },
  ): Promise<T> {
    const kept = this.#take(key)
    if (user !== undefined) this.#options.observer?.event(kept === undefined ? 'cache_miss' : 'cache_hit', user)
    if (kept !== undefined) return kept as T
    for (;;) {
      signal.throwIfAborted()
      const other = this.#underWay.get(key)
      if (other === undefined) return (await this.#create(key, create, signal)) as T
      try {
        return (await withSignal(other.result, signal)) as T
      } catch (error) {
        if (!other.signal.aborted || signal.aborted) throw error
      }
    }
  }

  /** Drops a token that was refused before its time. */
  forget(key: string): void {
    if (this.#kept.delete(key)) this.#options.observer?.items(this.#kept.size)
  }

  #take(key: string): Expiring | undefined {
    const kept = this.#kept.get(key)
    if (kept === undefined) return undefined
    this.#kept.delete(key)
    if (this.#options.now() >= kept.untilMs) {
      this.#options.observer?.items(this.#kept.size)
      return undefined
    }
    this.#kept.set(key, kept)
    return kept.value
  }

  #create(key: string, create: () => Promise<Expiring>, signal: AbortSignal): Promise<Expiring> {
    const result = this.#run(key, create).finally(() => this.#underWay.delete(key))
    this.#underWay.set(key, { result, signal })
    return result
  }

  async #run(key: string, create: () => Promise<Expiring>): Promise<Expiring> {
    const startedMs = this.#options.now()
    try {
      const value = await create()
      this.#options.observer?.request('success')
      this.#keep(key, value, startedMs)
      return value
    } catch (error) {
      this.#options.observer?.request('failure')
      throw error
    }
  }

  #keep(key: string, value: Expiring, startedMs: number): void {
    const { maxDurationMs, maxSize, observer } = this.#options
    const lifeMs = Math.min((value.expiresAtMs - startedMs) * usableShare, maxDurationMs)
    if (!(lifeMs > 0) || maxSize <= 0) return
    this.#kept.set(key, { value, untilMs: startedMs + lifeMs })
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxSize) break
      this.#kept.delete(oldest)
      observer?.eviction()
    }
    observer?.items(this.#kept.size)
  }
}

/** One key of a cache for named parts; different parts never give the same key. */
export function cacheKey(parts: Readonly<Record<string, string | readonly string[] | undefined>>): string {
  const entries = Object.entries(parts).filter(([, value]) => value !== undefined)
  return createHash('sha256').update(JSON.stringify(entries)).digest('hex')
}
