// SPDX-License-Identifier: Apache-2.0
import type { VerifyError } from '../errors.ts'
import type { ContentDescriptor, SignatureStore } from '../signature-store.ts'
import { readLayer } from '../read-layer.ts'
import { bundleMediaType } from './bundle.ts'
import { layersOf } from '../manifest.ts'

/** How many referrers are looked at, and how large a bundle may be: provenance and bills of materials come as bundles too. */
const bundleLimits: { readonly count: number; readonly bytes: number } = { count: 100, bytes: 16 * 1024 * 1024 }

/**
 * The Sigstore bundles that refer to a digest, one after the other. A referrer that is of another kind, or whose manifest
 * is not that of a bundle, is left out; more than `bundleLimits.count` are not looked at.
 */
export async function* findBundles(
  store: SignatureStore,
  digest: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array | VerifyError> {
  const referrers = await store.referrers(digest, signal)
  for (const referrer of referrers.filter(mayBeBundle).slice(0, bundleLimits.count)) {
    const layer = await bundleLayer(store, referrer, signal)
    if (layer === undefined) continue
    yield await readLayer(store, layer, { what: 'bundle', maxBytes: bundleLimits.bytes }, signal)
  }
}

/** A registry without the referrers API may leave the type out. */
function mayBeBundle(referrer: ContentDescriptor): boolean {
  return (
    referrer.artifactType === undefined ||
    referrer.artifactType === '' ||
    referrer.artifactType.startsWith(bundleMediaType)
  )
}

async function bundleLayer(
  store: SignatureStore,
  referrer: ContentDescriptor,
  signal: AbortSignal,
): Promise<ContentDescriptor | undefined> {
  const manifest = await store.manifest(referrer.digest, signal)
  const layers = manifest === undefined ? [] : layersOf(manifest)
  const [layer] = layers
  return layers.length === 1 && layer?.mediaType.startsWith(bundleMediaType) ? layer : undefined
}
