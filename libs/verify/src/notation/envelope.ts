// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import type { SigningAlgorithm } from './signing-algorithm.ts'
import type { SigningCertificate } from './signing-certificate.ts'

/** Who vouches for the time of a signature: no one but a timestamp, or the authority that signed. */
type SigningScheme = 'notary.x509' | 'notary.x509.signingAuthority'

/** What an envelope's protected headers say, in whichever form it is. */
export interface ProtectedHeaders {
  readonly algorithm: SigningAlgorithm
  readonly contentType: string
  readonly scheme: SigningScheme
  readonly signingTime: Date
  readonly expiry: Date | undefined
  /** Names of the headers that a verifier must understand. */
  readonly critical: readonly string[]
}

/** An envelope whose signature holds by the key of its first certificate. Nothing says yet whose that is. */
export interface SignedEnvelope extends ProtectedHeaders {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  readonly certificates: readonly SigningCertificate[]
  /** An RFC 3161 token over the signature. */
  readonly timestamp: Uint8Array | undefined
}

/** The names of the headers that both forms share. */
export const headerNames = {
  expiry: 'io.cncf.notary.expiry',
  scheme: 'io.cncf.notary.signingScheme',
  signingTime: 'io.cncf.notary.signingTime',
  authenticSigningTime: 'io.cncf.notary.authenticSigningTime',
  plugin: 'io.cncf.notary.verificationPlugin',
  timestamp: 'io.cncf.notary.timestampSignature',
} as const

/** What the forms read of their headers before the shared rules apply. */
export interface RawHeaders {
  readonly algorithm: SigningAlgorithm | undefined
  readonly contentType: unknown
  readonly critical: unknown
  get(name: string): unknown
  time(name: string): Date | undefined
}

/** Applies the rules that both forms share. Throws `Unverified`. */
export function checkHeaders(raw: RawHeaders): ProtectedHeaders {
  const scheme = raw.get(headerNames.scheme)
  if (scheme !== 'notary.x509' && scheme !== 'notary.x509.signingAuthority')
    throw refused('the signature is of an unknown signing scheme')
  const isAuthority = scheme === 'notary.x509.signingAuthority'
  const [own, foreign] = isAuthority
    ? [headerNames.authenticSigningTime, headerNames.signingTime]
    : [headerNames.signingTime, headerNames.authenticSigningTime]
  if (raw.get(foreign) !== undefined)
    throw refused(`the signature has a header ${foreign}, which its signing scheme forbids`)
  const signingTime = raw.time(own)
  if (signingTime === undefined) throw refused('the signature does not say when it was made')
  const expiry = raw.time(headerNames.expiry)
  if (expiry !== undefined && expiry <= signingTime) throw refused('the signature expires before it was made')
  const required = [
    headerNames.scheme,
    ...(isAuthority ? [own] : []),
    ...(expiry === undefined ? [] : [headerNames.expiry]),
  ]
  const critical = checkCritical(raw, required)
  if (raw.algorithm === undefined) throw refused('the signature is made with an algorithm that is not allowed')
  if (typeof raw.contentType !== 'string') throw refused('the signature does not say of what type its payload is')
  return { algorithm: raw.algorithm, contentType: raw.contentType, scheme, signingTime, expiry, critical }
}

function checkCritical(raw: RawHeaders, required: readonly string[]): readonly string[] {
  const { critical } = raw
  if (!Array.isArray(critical) || !critical.every((name) => typeof name === 'string'))
    throw refused('the signature does not say which headers are critical')
  const unmarked = required.find((name) => !critical.includes(name))
  if (unmarked !== undefined) throw refused(`the signature does not mark its header ${unmarked} as critical`)
  const absent = critical.find((name) => raw.get(name) === undefined)
  if (absent !== undefined) throw refused(`the signature marks a header ${absent} as critical that it does not have`)
  return critical
}

/** An error for a signature that is not taken. */
export function refused(message: string, cause?: unknown): VerifyError {
  return new VerifyError('Unverified', message, cause === undefined ? {} : { cause })
}
