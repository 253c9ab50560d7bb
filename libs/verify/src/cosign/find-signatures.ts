// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import type { ContentDescriptor, SignatureStore } from '../signature-store.ts'
import { readLayer } from '../read-layer.ts'
import { layersOf } from '../manifest.ts'

/** A signature as cosign stored it before bundles: a layer of the image with the tag `sha256-<hex>.sig`. */
export interface LayerSignature {
  /** The document that is signed. */
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  /** What else the layer's annotations carry, as written. */
  readonly certificate?: string | undefined
  readonly rekorBundle?: string | undefined
  readonly rfc3161Timestamp?: string | undefined
}

/** cosign stops at as many layers; a payload is a few hundred bytes, and all signatures of an artifact can share it. */
const signatureLimits: { readonly layers: number; readonly payloads: number; readonly payloadBytes: number } = {
  layers: 1000,
  payloads: 100,
  payloadBytes: 1024 * 1024,
}

/**
 * The signatures of a digest in cosign's older layout, one after the other, each read when it is asked for.
 * None when there is no such tag. Yields an error for a layer that is no signature. Throws `Unverified` for too many.
 */
export async function* findSignatures(
  store: SignatureStore,
  digest: string,
  signal: AbortSignal,
): AsyncGenerator<LayerSignature | VerifyError> {
  const manifest = await store.manifest(signatureTag(digest), signal)
  if (manifest === undefined) return
  const layers = layersOf(manifest)
  if (layers.length > signatureLimits.layers) {
    throw new VerifyError('Unverified', `the artifact has more than ${signatureLimits.layers} signatures`)
  }
  const payloads = new Map<string, Uint8Array>()
  for (const layer of layers) {
    const { 'dev.cosignproject.cosign/signature': signature } = layer.annotations ?? {}
    if (signature === undefined) continue
    const payload = payloads.get(layer.digest) ?? (await readPayload(store, layer, payloads.size, signal))
    if (payload instanceof VerifyError) {
      yield payload
      continue
    }
    payloads.set(layer.digest, payload)
    yield toSignature(payload, signature, layer.annotations ?? {})
  }
}

/** The tag of the signatures of a digest: `sha256:<hex>` becomes `sha256-<hex>.sig`. */
export function signatureTag(digest: string): string {
  return `${digest.replace(':', '-')}.sig`
}

async function readPayload(
  store: SignatureStore,
  layer: ContentDescriptor,
  read: number,
  signal: AbortSignal,
): Promise<Uint8Array | VerifyError> {
  if (read >= signatureLimits.payloads)
    return new VerifyError(
      'Unverified',
      `the artifact's signatures are of more than ${signatureLimits.payloads} payloads`,
    )
  return await readLayer(store, layer, { what: 'payload', maxBytes: signatureLimits.payloadBytes }, signal)
}

function toSignature(
  payload: Uint8Array,
  signature: string,
  annotations: Readonly<Record<string, string>>,
): LayerSignature {
  return {
    payload,
    signature: Buffer.from(signature, 'base64'),
    certificate: annotations['dev.sigstore.cosign/certificate'],
    rekorBundle: annotations['dev.sigstore.cosign/bundle'],
    rfc3161Timestamp: annotations['dev.sigstore.cosign/rfc3161timestamp'],
  }
}
