// SPDX-License-Identifier: Apache-2.0
import { apiVersionOf } from '@tidelock/api'
import type { Kind } from '@tidelock/api'
import { parseAggregated, parseResourceList } from './discovery-documents.ts'
import { isKubeError } from './kube-error.ts'

/** GETs a discovery document; `etag` makes it conditional (304 when unchanged). */
export type DiscoveryFetch = (
  path: string,
  accept: string,
  etag: string | undefined,
) => Promise<{ readonly status: number; readonly etag: string | undefined; readonly body: string }>

const aggregatedAccept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json'

interface Part {
  readonly etag: string | undefined
  readonly kinds: readonly Kind[]
}

/**
 * Reads what the server serves: in two requests where it has aggregated discovery (unchanged documents cost a 304), else
 * one request per group and version that was asked for.
 */
export class DiscoverySource {
  readonly #fetch: DiscoveryFetch
  /** Undefined until the first read; then whether the server answers in the aggregated form. */
  #aggregated: boolean | undefined
  readonly #parts = new Map<string, Part>()
  readonly #wanted = new Map<string, Pick<Kind, 'group' | 'version'>>()

  constructor(fetch: DiscoveryFetch) {
    this.#fetch = fetch
  }

  /** Has the next read cover this group and version, for servers that must be asked for each. */
  want(version: Pick<Kind, 'group' | 'version'>): void {
    this.#wanted.set(apiVersionOf(version), version)
  }

  /** Every kind that is known to be served now. */
  async read(): Promise<readonly Kind[]> {
    if (this.#aggregated !== false) {
      const both = await Promise.all([this.#readAggregated('/api'), this.#readAggregated('/apis')])
      this.#aggregated = both.every(Boolean)
      if (!this.#aggregated) this.#parts.clear()
    }
    if (!this.#aggregated) await this.#readWanted()
    return [...this.#parts.values()].flatMap((part) => part.kinds)
  }

  async #readAggregated(path: string): Promise<boolean> {
    const before = this.#parts.get(path)
    const answer = await this.#fetch(path, aggregatedAccept, before?.etag)
    if (answer.status === 304) return true
    const kinds = parseAggregated(answer.body, before?.kinds ?? [])
    if (kinds === undefined) return false
    this.#parts.set(path, { etag: answer.etag, kinds })
    return true
  }

  async #readWanted(): Promise<void> {
    const versions = [...this.#wanted.values()]
    this.#wanted.clear()
    await Promise.all(
      versions.map(async (version) => {
        const apiVersion = apiVersionOf(version)
        const path = version.group === '' ? `/api/${version.version}` : `/apis/${apiVersion}`
        try {
          const { body } = await this.#fetch(path, 'application/json', undefined)
          this.#parts.set(apiVersion, { etag: undefined, kinds: parseResourceList(body, version) })
        } catch (error) {
          if (!isKubeError(error, 'KindNotFound', 'NotFound')) throw error
          this.#parts.delete(apiVersion)
        }
      }),
    )
  }
}
