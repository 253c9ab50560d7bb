// SPDX-License-Identifier: Apache-2.0
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Fetcher } from 'tuf-js'
import { DownloadHTTPError } from 'tuf-js/dist/error.js'

/**
 * Reads what stands at a URL, at most `maxBytes` of it; undefined when the server says that nothing does. Throws when it cannot be
 * had, or is larger, and the signal's reason.
 */
export type FetchDocument = (url: string, maxBytes: number, signal: AbortSignal) => Promise<Uint8Array | undefined>

/** Lets tuf-js read through a client of ours. Files lie in `directory` while they are looked at. */
export function createTufFetcher(fetch: FetchDocument, directory: string, signal: AbortSignal): Fetcher {
  const downloadBytes = async (url: string, maxLength: number): Promise<Buffer> => {
    signal.throwIfAborted()
    const bytes = await fetch(url, maxLength, signal)
    // tuf-js ends the chain of roots at this error, and takes it for a failure everywhere else
    if (bytes === undefined) throw new DownloadHTTPError(`${url} is not there`, 404)
    return Buffer.from(bytes)
  }
  return {
    downloadBytes,
    async downloadFile(url, maxLength, handler) {
      const path = join(directory, 'download')
      try {
        await writeFile(path, await downloadBytes(url, maxLength))
        return await handler(path)
      } finally {
        await rm(path, { force: true })
      }
    },
  }
}
