// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { ObjectKey } from '@tidelock/api'

/** Flux waits from 5 to 30 seconds, doubling. */
const firstWaitMs = 5000
const longestWaitMs = 30_000

/**
 * How often in a row the download of an artifact failed, by object. Between two tries the object waits in the queue, so that a
 * file server that is away holds no worker.
 */
export class DownloadTries {
  readonly #failed = new Map<string, { readonly digest: string; readonly times: number }>()
  readonly #retries: number

  /** `retries`: how often a failed download is tried again (`--http-retry`). */
  constructor(retries: number) {
    this.#retries = retries
  }

  /** Notes a failure; the time until the next try, undefined when all tries are used up (and the next one begins anew). */
  failed(key: ObjectKey, digest: string): number | undefined {
    const id = formatKey(key)
    const before = this.#failed.get(id)
    const times = before?.digest === digest ? before.times + 1 : 1
    if (times > this.#retries) {
      this.#failed.delete(id)
      return undefined
    }
    this.#failed.set(id, { digest, times })
    return Math.min(longestWaitMs, firstWaitMs * 2 ** (times - 1))
  }

  /** Notes a success, or that the object is gone. */
  forget(key: ObjectKey): void {
    this.#failed.delete(formatKey(key))
  }
}
