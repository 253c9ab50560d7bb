// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { parseRevocationList } from './revocation-list.ts'
import type { RevocationChecker, RevocationStatus } from './revocation.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const limits = { lists: 5, bytes: 32 * 1024 * 1024 }

/** How a checker reaches the servers that certificates name. */
export interface RevocationSources {
  /** Reads a document of at most `maxBytes`; absent when it cannot be had. Throws the signal's reason only. */
  fetch(url: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>
  now(): Date
}

/**
 * A checker that reads the lists of revoked certificates (CRL) that a certificate names; each must be there, signed by the issuer
 * and of now. Nothing is asked by OCSP: of a certificate that names nothing else the status is `unknown`.
 */
export function createRevocationChecker(sources: RevocationSources): RevocationChecker {
  return {
    check: (certificate, issuer, signal) => check(certificate, issuer, sources, signal),
  }
}

async function check(
  certificate: SigningCertificate,
  issuer: SigningCertificate,
  sources: RevocationSources,
  signal: AbortSignal,
): Promise<RevocationStatus> {
  const { lists } = certificate.revocation
  if (lists.length === 0 || lists.length > limits.lists) return 'unknown'
  const statuses: RevocationStatus[] = []
  for (const url of lists) statuses.push(await checkList(url, certificate, issuer, sources, signal))
  if (statuses.includes('revoked')) return 'revoked'
  return statuses.includes('unknown') ? 'unknown' : 'good'
}

async function checkList(
  url: string,
  certificate: SigningCertificate,
  issuer: SigningCertificate,
  sources: RevocationSources,
  signal: AbortSignal,
): Promise<RevocationStatus> {
  // lists are signed, and their servers speak plain HTTP by rule
  if (URL.parse(url)?.protocol !== 'http:') return 'unknown'
  const bytes = await sources.fetch(url, limits.bytes, signal)
  if (bytes === undefined) return 'unknown'
  try {
    const list = parseRevocationList(bytes, issuer)
    if (list.has(certificate.serialNumber)) return 'revoked'
    const now = sources.now()
    const isCurrent = list.nextUpdate !== undefined && list.thisUpdate <= now && now <= list.nextUpdate
    return isCurrent ? 'good' : 'unknown'
  } catch (error) {
    if (error instanceof VerifyError) return 'unknown'
    throw error
  }
}
