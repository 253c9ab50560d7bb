// SPDX-License-Identifier: Apache-2.0
import { refused, type SignedEnvelope } from './envelope.ts'
import type { SigningCertificate } from './signing-certificate.ts'
import type { TrustPolicyStatement } from './trust-policy.ts'
import type { NotationTrust } from './trust.ts'

/**
 * Holds the certificates of a signature to the time it was made at. A signing authority vouches for that time itself. Else it is
 * now, and with a trust store of timestamp authorities that of the timestamp. Throws `Unverified`.
 */
export function checkTimestamp(envelope: SignedEnvelope, statement: TrustPolicyStatement, trust: NotationTrust): void {
  if (envelope.scheme === 'notary.x509.signingAuthority')
    return checkValidAt(envelope.certificates, envelope.signingTime)
  const hasExpired = envelope.certificates.some((certificate) => trust.now > certificate.notAfter)
  const isAsked = statement.stores.has('tsa') && (hasExpired || !statement.timestampAfterExpiry)
  if (!isAsked) return checkValidAt(envelope.certificates, trust.now)
  throw refused(
    'the trust policy asks for a timestamp, and timestamps are not verified: leave the trust store of the type tsa out',
  )
}

function checkValidAt(certificates: readonly SigningCertificate[], time: Date): void {
  for (const { notBefore, notAfter } of certificates) {
    if (time < notBefore) throw refused(`a certificate of the signature is valid only from ${notBefore.toISOString()}`)
    if (time > notAfter) throw refused(`a certificate of the signature expired at ${notAfter.toISOString()}`)
  }
}
