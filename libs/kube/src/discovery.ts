// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf, parseApiVersion } from '@tidelock/api'
import type { Clock, Kind } from '@tidelock/api'
import { abortable } from './connection-gate.ts'
import type { DiscoverySource } from './discovery-source.ts'
import { KubeError } from './kube-error.ts'

/** Names a kind as objects do. */
export interface GroupVersionKind {
  readonly apiVersion: string
  readonly kind: string
}

/** How discovery reads and how often. */
export interface DiscoveryOptions {
  readonly source: DiscoverySource
  readonly clock: Clock
  /** Reads for kinds that are not known start at least this far apart. Default 500 ms. */
  readonly minIntervalMs?: number
}

/**
 * Which kinds the server has and under which path. Known kinds are answered from memory. A miss is answered by a read that
 * began after the question, so a CRD that is served by then is found; all misses of a moment share one read.
 */
export class Discovery {
  readonly #source: DiscoverySource
  readonly #clock: Clock
  readonly #minIntervalMs: number
  #kinds = new Map<string, Kind>()
  #lastStartMs = Number.NEGATIVE_INFINITY
  /** The next read, which has not begun yet: late comers may join it. */
  #next: Promise<void> | undefined
  #current: Promise<void> = Promise.resolve()

  constructor({ source, clock, minIntervalMs = 500 }: DiscoveryOptions) {
    this.#source = source
    this.#clock = clock
    this.#minIntervalMs = minIntervalMs
  }

  /** The kind in memory, without asking the server. */
  known(gvk: GroupVersionKind): Kind | undefined {
    return this.#kinds.get(keyOf(gvk))
  }

  /** Throws KindNotFound if the server does not serve the kind, and what the read throws if it fails. */
  async resolve(gvk: GroupVersionKind, signal?: AbortSignal): Promise<Kind> {
    const known = this.known(gvk)
    if (known !== undefined) return known
    await abortable(this.#readSoon(gvk), signal)
    const found = this.known(gvk)
    if (found !== undefined) return found
    throw new KubeError('KindNotFound', `no matches for kind "${gvk.kind}" in version "${gvk.apiVersion}"`)
  }

  /** Drops a kind that turned out not to be served as remembered. */
  forget(gvk: GroupVersionKind): void {
    this.#kinds.delete(keyOf(gvk))
  }

  #readSoon(gvk: GroupVersionKind): Promise<void> {
    this.#source.want(parseApiVersion(gvk.apiVersion))
    this.#next ??= this.#schedule()
    return this.#next
  }

  async #schedule(): Promise<void> {
    const previous = this.#current
    const run = Promise.withResolvers<void>()
    this.#current = run.promise
    try {
      await previous
      const waitMs = this.#lastStartMs + this.#minIntervalMs - this.#clock.monotonic()
      if (waitMs > 0) await this.#clock.sleep(waitMs)
      this.#next = undefined
      this.#lastStartMs = this.#clock.monotonic()
      const served = await this.#source.read()
      this.#kinds = new Map(served.map((kind) => [`${apiVersionOf(kind)}|${kind.kind}`, kind]))
    } finally {
      run.resolve()
    }
  }
}

function keyOf({ apiVersion, kind }: GroupVersionKind): string {
  return `${apiVersion}|${kind}`
}
