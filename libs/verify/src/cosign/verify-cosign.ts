// SPDX-License-Identifier: Apache-2.0
import { setImmediate } from 'node:timers/promises'
import { VerifyError } from '../errors.ts'
import { cut, noneMatches } from '../reasons.ts'
import type { SignatureStore } from '../signature-store.ts'
import { parseBundle } from './bundle.ts'
import { findBundles } from './find-bundles.ts'
import { findSignatures, type LayerSignature } from './find-signatures.ts'
import { verifyKeyless } from './keyless.ts'
import { toBundle } from './layer-bundle.ts'
import { isSignedBy } from './public-key.ts'
import { checkSimpleSigning } from './simple-signing.ts'
import type { CosignTrust } from './trust.ts'
import { verifyBundle } from './verify-bundle.ts'

/** What is to be verified, by whose signatures, and where these are. */
export interface CosignRequest {
  /** The digest of the artifact's manifest, and the manifest. */
  readonly digest: string
  readonly manifest: Uint8Array
  readonly store: SignatureStore
  readonly trust: CosignTrust
  readonly signal: AbortSignal
}

/** A signature that holds. */
export interface CosignSignature {
  readonly layout: 'bundle' | 'layer'
  /** The name of the public key, or the identity in the certificate. */
  readonly signer: string
}

/**
 * Finds a signature of the artifact that holds: first among the Sigstore bundles that refer to it, then in cosign's older
 * layout. Throws `NoSignature` when there is none at all, `Unverified` when none holds, and the store's error when the
 * registry does not answer.
 */
export async function verifyCosign(request: CosignRequest): Promise<CosignSignature> {
  const failures: VerifyError[] = []
  for await (const found of findBundles(request.store, request.digest, request.signal)) {
    await makeRoom(request.signal)
    const signer = attempt(failures, found, (bytes) =>
      verifyBundle(parseBundle(bytes), request.digest, request.manifest, request.trust),
    )
    if (signer !== undefined) return { layout: 'bundle', signer: cut(signer) }
  }
  for await (const found of findSignatures(request.store, request.digest, request.signal)) {
    await makeRoom(request.signal)
    const signer = attempt(failures, found, (layer) => verifyLayer(layer, request.digest, request.trust))
    if (signer !== undefined) return { layout: 'layer', signer: cut(signer) }
  }
  if (failures.length === 0) throw new VerifyError('NoSignature', 'no signatures found')
  throw noneMatches(failures)
}

/** Signatures can be many, and each takes a while: others get their turn in between, and the signal is heard. */
async function makeRoom(signal: AbortSignal): Promise<void> {
  await setImmediate()
  signal.throwIfAborted()
}

/** A signature that does not hold is put aside: another may. What a parser throws on bytes of a stranger counts as that too. */
function attempt<T>(failures: VerifyError[], found: T | VerifyError, verify: (found: T) => string): string | undefined {
  try {
    if (found instanceof VerifyError) throw found
    return verify(found)
  } catch (error) {
    failures.push(
      error instanceof VerifyError
        ? error
        : new VerifyError('Unverified', 'the signature cannot be read', { cause: error }),
    )
    return undefined
  }
}

function verifyLayer(layer: LayerSignature, digest: string, trust: CosignTrust): string {
  checkSimpleSigning(layer.payload, digest)
  if (trust.kind === 'keyless') {
    return verifyKeyless(toBundle(layer), trust.root, trust.identities, Buffer.from(layer.payload)).subjects.join(', ')
  }
  const key = trust.keys.find((candidate) => isSignedBy(candidate.key, layer.payload, layer.signature))
  if (key === undefined) throw new VerifyError('Unverified', 'none of the public keys made the signature')
  return key.name
}
