// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { HttpError, readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import { createRevocationChecker } from '@tidelock/verify'
import type { RevocationChecker } from '@tidelock/verify'

const timeoutMs = 5000

/** Looks up the lists of revoked certificates that signers' certificates name. Nothing of ours goes to their servers but the request. */
export function revocationOver(http: HttpClient, clock: Pick<Clock, 'now'>): RevocationChecker {
  return createRevocationChecker({
    now: () => new Date(clock.now()),
    fetch: (url, maxBytes, signal) =>
      fetchDocument(http, { url, maxBytes, signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }, signal),
  })
}

async function fetchDocument(
  http: HttpClient,
  { url, maxBytes, signal }: { readonly url: string; readonly maxBytes: number; readonly signal: AbortSignal },
  run: AbortSignal,
): Promise<Uint8Array | undefined> {
  try {
    const response = await http.request({ url, signal, credentials: 'omit', maxBodyBytes: maxBytes })
    if (response.status === 200) return await readBounded(response.body, maxBytes)
    response.body.destroy()
    return undefined
  } catch (error) {
    run.throwIfAborted()
    if (error instanceof HttpError || signal.aborted) return undefined
    throw error
  }
}
