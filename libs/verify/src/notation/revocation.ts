// SPDX-License-Identifier: Apache-2.0
import { refused } from './envelope.ts'
import type { SigningCertificate } from './signing-certificate.ts'

/** What is known of a certificate: `unknown` when no one that it names gave an answer that holds. */
export type RevocationStatus = 'good' | 'revoked' | 'unknown'

/** Asks those whom a certificate names whether it was revoked. */
export interface RevocationChecker {
  check(certificate: SigningCertificate, issuer: SigningCertificate, signal: AbortSignal): Promise<RevocationStatus>
}

/**
 * Checks each certificate of a chain but the root's, which no one can revoke. One that names no one to ask cannot be revoked
 * either. Throws `Unverified` for a revoked one, and for one of which nothing is known.
 */
export async function checkRevocation(
  chain: readonly SigningCertificate[],
  checker: RevocationChecker,
  signal: AbortSignal,
): Promise<void> {
  for (const [i, issuer] of chain.slice(1).entries()) {
    const certificate = chain[i]
    if (certificate === undefined || !canBeRevoked(certificate)) continue
    const status = await checker.check(certificate, issuer, signal)
    if (status === 'revoked') throw refused("a certificate of the signature's chain is revoked")
    if (status === 'unknown') throw refused("it is not known whether a certificate of the signature's chain is revoked")
  }
}

function canBeRevoked(certificate: SigningCertificate): boolean {
  return certificate.revocation.ocsp.length > 0 || certificate.revocation.lists.length > 0
}
