// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { algorithmOf } from './signing-algorithm.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const maxChain = 10
const timestamping = '1.3.6.1.5.5.7.3.8'

/** Extended key usages that a signer's certificate must not have: of servers, clients, mail, timestamps and OCSP. */
const otherUses: ReadonlySet<string> = new Set(['1', '2', '4', '8', '9'].map((last) => `1.3.6.1.5.5.7.3.${last}`))

/**
 * Holds a chain to the specification's rules for signing code: from the signer's certificate to a self-signed one, each issued by
 * the next, authorities as such, the signer's as none and for signatures only. No times are looked at. Throws `Unverified`.
 */
export function checkCodeSigningChain(chain: readonly SigningCertificate[]): void {
  checkChain(chain)
  chain.slice(0, 1).forEach(checkSigner)
}

/**
 * Holds a chain to the specification's rules for timestamps: like one for code, but the first certificate must be for timestamps
 * and nothing else. Throws `Unverified`.
 */
export function checkTimestampChain(chain: readonly SigningCertificate[]): void {
  checkChain(chain)
  for (const leaf of chain.slice(0, 1)) {
    checkKeyUsage(leaf)
    const [use, ...more] = leaf.extendedKeyUsage
    if (use !== timestamping || more.length > 0 || !leaf.isExtendedKeyUsageCritical) {
      throw refused("the timestamp's certificate is not, as critical, for timestamps alone")
    }
  }
}

function checkChain(chain: readonly SigningCertificate[]): void {
  const [leaf, ...authorities] = chain
  if (leaf === undefined) throw refused('the signature carries no certificate')
  if (chain.length > maxChain) throw refused(`the signature carries more than ${maxChain} certificates`)
  chain.forEach((certificate, i) => checkIssuer(certificate, chain[i + 1], chain.length === 1))
  authorities.forEach(checkAuthority)
}

function checkIssuer(certificate: SigningCertificate, issuer: SigningCertificate | undefined, isAlone: boolean): void {
  if (issuer === undefined) {
    if (!isIssuedBy(certificate, certificate))
      throw refused("the signature's certificate chain does not end with a self-signed certificate")
    if (!isAlone && !maySignCertificates(certificate))
      throw refused("the signature's root certificate is not that of an authority")
    return
  }
  if (isIssuedBy(certificate, certificate))
    throw refused("the signature's certificate chain has a self-signed certificate that is not its last")
  if (!isIssuedBy(certificate, issuer) || !maySignCertificates(issuer)) {
    throw refused("the signature's certificates do not follow from one another")
  }
}

function isIssuedBy(certificate: SigningCertificate, issuer: SigningCertificate): boolean {
  return certificate.issuer.equals(issuer.subject) && certificate.isSignedBy(issuer)
}

function maySignCertificates(certificate: SigningCertificate): boolean {
  return certificate.isAuthority && (certificate.keyUsage?.uses.has('keyCertSign') ?? false)
}

function checkSigner(leaf: SigningCertificate): void {
  checkKeyUsage(leaf)
  if (leaf.extendedKeyUsage.some((use) => otherUses.has(use)))
    throw refused("the signer's certificate is for another use than signing code")
  if (algorithmOf(leaf.publicKey) === undefined)
    throw refused("the signer's key is of a kind or size that may not sign")
}

function checkKeyUsage(leaf: SigningCertificate): void {
  if (leaf.isAuthority) throw refused("the signer's certificate is that of an authority")
  if (leaf.keyUsage === undefined || !leaf.keyUsage.critical)
    throw refused("the signer's certificate does not say, as critical, what its key is for")
  const { uses } = leaf.keyUsage
  if (!uses.has('digitalSignature')) throw refused("the signer's certificate is not for digital signatures")
  const other = [...uses].find((use) => use !== 'digitalSignature' && use !== 'contentCommitment')
  if (other !== undefined) throw refused(`the signer's certificate is for more than digital signatures: ${other}`)
}

function checkAuthority(authority: SigningCertificate, below: number): void {
  if (authority.keyUsage === undefined || !authority.keyUsage.critical)
    throw refused("an authority's certificate does not say, as critical, what its key is for")
  if (authority.pathLength !== undefined && authority.pathLength < below)
    throw refused("an authority's certificate does not allow as long a chain")
}

function refused(message: string): VerifyError {
  return new VerifyError('Unverified', message)
}
