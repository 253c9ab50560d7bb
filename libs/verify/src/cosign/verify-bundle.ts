// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'
import type { Bundle } from '@sigstore/bundle'
import { dsse } from '@sigstore/core'
import { VerifyError } from '../errors.ts'
import { verifyKeyless } from './keyless.ts'
import { isSignedBy } from './public-key.ts'
import { checkStatement } from './statement.ts'
import type { CosignTrust } from './trust.ts'

/**
 * Verifies a Sigstore bundle over an artifact: an in-toto statement that names the artifact's digest, or a signature over the
 * manifest itself. Returns who signed. Throws `Unverified`.
 */
export function verifyBundle(bundle: Bundle, digest: string, manifest: Uint8Array, trust: CosignTrust): string {
  const content = bundle.content
  if (content.$case === 'dsseEnvelope')
    checkStatement(content.dsseEnvelope.payloadType, content.dsseEnvelope.payload, digest)
  if (trust.kind === 'keyless') {
    const signer = verifyKeyless(bundle, trust.root, trust.identities, Buffer.from(manifest))
    return signer.subjects.join(', ')
  }
  const key = trust.keys.find((candidate) => isBundleOf(bundle, manifest, candidate.key))
  if (key === undefined) throw new VerifyError('Unverified', 'none of the public keys made the signature')
  return key.name
}

/** With a key, the transparency log and the clocks do not matter: Flux calls cosign so. */
function isBundleOf(bundle: Bundle, manifest: Uint8Array, key: KeyObject): boolean {
  if (bundle.verificationMaterial.content.$case !== 'publicKey') return false
  if (bundle.content.$case === 'messageSignature')
    return isSignedBy(key, manifest, bundle.content.messageSignature.signature)
  const { payloadType, payload, signatures } = bundle.content.dsseEnvelope
  const [signature] = signatures
  return (
    signatures.length === 1 &&
    signature !== undefined &&
    isSignedBy(key, dsse.preAuthEncoding(payloadType, payload), signature.sig)
  )
}
