// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from './errors.ts'
import type { ContentDescriptor, SignatureStore } from './signature-store.ts'

/**
 * Reads a layer that holds a signature, or what one is over. The error says why there is none to look at: a signature like any
 * other that does not hold.
 */
export async function readLayer(
  store: SignatureStore,
  layer: ContentDescriptor,
  { what, maxBytes }: { readonly what: string; readonly maxBytes: number },
  signal: AbortSignal,
): Promise<Uint8Array | VerifyError> {
  if (layer.size > maxBytes)
    return new VerifyError('Unverified', `the ${what} ${layer.digest} is larger than ${maxBytes} bytes`)
  const bytes = await store.blob(layer, maxBytes, signal)
  return (
    bytes ??
    new VerifyError('Unverified', `the ${what} ${layer.digest} is not in the registry, or not what its digest says`)
  )
}
