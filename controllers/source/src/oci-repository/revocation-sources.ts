// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { HttpError, readBounded } from '@tidelock/http'
import type { HttpClient } from '@tidelock/http'
import { createRevocationChecker } from '@tidelock/verify'
import type { RevocationChecker, RevocationRequest } from '@tidelock/verify'

const timeoutMs = 5000

/** Asks the servers that signers' certificates name whether these were revoked. Nothing of ours goes to them but the request. */
export function revocationOver(http: HttpClient, clock: Pick<Clock, 'now'>): RevocationChecker {
  return createRevocationChecker({
    now: () => new Date(clock.now()),
    fetch: (request, signal) => fetchDocument(http, request, signal),
  })
}

async function fetchDocument(
  http: HttpClient,
  { url, body, maxBytes }: RevocationRequest,
  run: AbortSignal,
): Promise<Uint8Array | undefined> {
  const signal = AbortSignal.any([run, AbortSignal.timeout(timeoutMs)])
  const sent =
    body === undefined
      ? {}
      : { method: 'POST', headers: { 'content-type': body.mediaType }, body: body.bytes, maxRedirects: 0 }
  try {
    const response = await http.request({ url, signal, credentials: 'omit', maxBodyBytes: maxBytes, ...sent })
    if (response.status === 200) return await readBounded(response.body, maxBytes)
    response.body.on('error', () => undefined).destroy()
    return undefined
  } catch (error) {
    run.throwIfAborted()
    if (error instanceof HttpError || signal.aborted) return undefined
    throw error
  }
}
