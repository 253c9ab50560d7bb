// SPDX-License-Identifier: Apache-2.0
import type { Bundle } from '@sigstore/bundle'
import { toSignedEntity, Verifier, type SignedEntity } from '@sigstore/verify'
import { VerifyError } from '../errors.ts'
import { identityOf, parseCertificate, type SignerIdentity } from './certificate.ts'
import { checkLoggedKey } from './log-entry.ts'
import type { TrustedRoot } from './trusted-root.ts'

/** One entry of `matchOIDCIdentity`: both must hold. */
export interface IdentityMatch {
  issuer(issuer: string): boolean
  subject(subject: string): boolean
}

/**
 * Verifies a bundle that carries a certificate: the certificate chains to the root and was logged when it was issued, the
 * signature was logged or time-stamped while it was valid, and one of the identities matches (any signer when none is given).
 * `artifact` is what a signature without an envelope is over. Throws `Unverified`.
 */
export function verifyKeyless(
  bundle: Bundle,
  root: TrustedRoot,
  identities: readonly IdentityMatch[],
  artifact?: Buffer,
): SignerIdentity {
  const certificate = parseCertificate(certificateOf(bundle))
  const verifier = new Verifier(root.material, { ctlogThreshold: 1, tlogThreshold: 1, timestampThreshold: 1 })
  try {
    verifier.verify(toEntity(bundle, root, artifact))
  } catch (cause) {
    throw new VerifyError('Unverified', 'the signature does not hold against the trusted root', { cause })
  }
  for (const entry of bundle.verificationMaterial.tlogEntries) checkLoggedKey(entry, certificate)
  const identity = identityOf(certificate)
  if (!isExpected(identity, identities)) {
    const subjects = identity.subjects.map((subject) => `'${subject}'`).join(', ')
    throw new VerifyError(
      'Unverified',
      `none of the expected identities matched the signer ${subjects || 'without a name'} of the issuer '${identity.issuer}'`,
    )
  }
  return identity
}

/** Timestamps are left out where the root names no authority of them: the log tells the time then. */
function toEntity(bundle: Bundle, { material }: TrustedRoot, artifact: Buffer | undefined): SignedEntity {
  const entity = toSignedEntity(bundle, artifact)
  if (material.timestampAuthorities.length > 0) return entity
  return { ...entity, timestamps: entity.timestamps.filter((timestamp) => timestamp.$case === 'transparency-log') }
}

function isExpected(identity: SignerIdentity, identities: readonly IdentityMatch[]): boolean {
  if (identities.length === 0) return true
  return identities.some(
    (expected) => expected.issuer(identity.issuer) && identity.subjects.some((subject) => expected.subject(subject)),
  )
}

function certificateOf(bundle: Bundle): Uint8Array {
  const { content } = bundle.verificationMaterial
  const der = content.$case === 'certificate' ? content.certificate.rawBytes : undefined
  const first = content.$case === 'x509CertificateChain' ? content.x509CertificateChain.certificates[0]?.rawBytes : der
  if (first === undefined)
    throw new VerifyError('Unverified', 'the signature was made with a key and carries no certificate')
  return first
}
