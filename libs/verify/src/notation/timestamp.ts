// SPDX-License-Identifier: Apache-2.0
import { checkTimestampChain } from './certificate-chain.ts'
import { refused, type SignedEnvelope } from './envelope.ts'
import { checkRevocation } from './revocation.ts'
import type { SigningCertificate } from './signing-certificate.ts'
import { verifyTimestampToken } from './timestamp-token.ts'
import type { VerifiedTimestamp } from './timestamp-token.ts'
import type { TrustPolicyStatement } from './trust-policy.ts'
import type { NotationTrust } from './trust.ts'

const maxChain = 10

/**
 * Holds the certificates of a signature to the time it was made at. A signing authority vouches for that time itself. Else it is
 * now, and with a trust store of timestamp authorities that of the timestamp. Throws `Unverified`.
 */
export async function checkTimestamp(
  envelope: SignedEnvelope,
  statement: TrustPolicyStatement,
  trust: NotationTrust,
  signal: AbortSignal,
): Promise<void> {
  if (envelope.scheme === 'notary.x509.signingAuthority') return checkValid(envelope.certificates, envelope.signingTime)
  const hasExpired = envelope.certificates.some((certificate) => trust.now > certificate.notAfter)
  const isAsked = statement.stores.has('tsa') && (hasExpired || !statement.timestampAfterExpiry)
  if (!isAsked) return checkValid(envelope.certificates, trust.now)
  if (envelope.timestamp === undefined) throw refused('the signature carries no timestamp')
  const timestamp = verifyTimestampToken(envelope.timestamp, envelope.signature)
  const chain = chainOf(timestamp, trust.certificates)
  checkTimestampChain(chain)
  checkValid(chain, timestamp.from, timestamp.to)
  checkValid(envelope.certificates, timestamp.from, timestamp.to)
  await checkRevocation(chain, trust.revocation, signal)
}

/** From the timestamp's signer to a trusted certificate. */
function chainOf(
  { signer, certificates }: VerifiedTimestamp,
  trusted: readonly SigningCertificate[],
): readonly SigningCertificate[] {
  const isTrusted = ({ der }: SigningCertificate): boolean =>
    trusted.some((other) => Buffer.from(der).equals(other.der))
  const chain = [signer]
  for (let last = signer; !isTrusted(last);) {
    const issuer = [...trusted, ...certificates].find(
      (other) => last.issuer.equals(other.subject) && last.isSignedBy(other),
    )
    if (issuer === undefined || chain.length >= maxChain)
      throw refused('the timestamp is of none of the trusted authorities')
    chain.push(issuer)
    last = issuer
  }
  return chain
}

function checkValid(certificates: readonly SigningCertificate[], from: Date, to: Date = from): void {
  for (const { notBefore, notAfter } of certificates) {
    if (from < notBefore) throw refused(`a certificate of the signature is valid only from ${notBefore.toISOString()}`)
    if (to > notAfter) throw refused(`a certificate of the signature expired at ${notAfter.toISOString()}`)
  }
}
