// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { checkCodeSigningChain } from './certificate-chain.ts'
import { isWithin, toName } from './distinguished-name.ts'
import { headerNames, refused, type SignedEnvelope } from './envelope.ts'
import { checkRevocation } from './revocation.ts'
import type { SigningCertificate } from './signing-certificate.ts'
import { checkTimestamp } from './timestamp.ts'
import type { TrustPolicyStatement } from './trust-policy.ts'
import type { NotationTrust } from './trust.ts'
import type { Check, Level } from './verification-level.ts'

const understood: ReadonlySet<string> = new Set([
  headerNames.expiry,
  headerNames.scheme,
  headerNames.signingTime,
  headerNames.authenticSigningTime,
])

/** A check that failed, and that the level only logs. */
export interface LoggedFailure {
  readonly check: Check
  readonly error: VerifyError
}

/** A statement that asks for verification. */
export type VerifyingStatement = TrustPolicyStatement & { readonly level: Level }

/**
 * Holds a signature to a statement of the trust policy: the chain of its certificates, whom they are trusted by and of, expiry,
 * time and revocation. Returns the failures that the statement's level only logs. Throws `Unverified` for one that it enforces.
 */
export async function checkEnvelope(
  envelope: SignedEnvelope,
  statement: VerifyingStatement,
  trust: NotationTrust,
  signal: AbortSignal,
): Promise<readonly LoggedFailure[]> {
  checkUnderstood(envelope)
  checkCodeSigningChain(envelope.certificates)
  const logged: LoggedFailure[] = []
  const runs: readonly (readonly [Check, () => void | Promise<void>])[] = [
    ['authenticity', () => checkAuthenticity(envelope, statement, trust.certificates)],
    ['expiry', () => checkExpiry(envelope, trust.now)],
    ['authenticTimestamp', () => checkTimestamp(envelope, statement, trust, signal)],
    ['revocation', () => checkRevocation(envelope.certificates, trust.revocation, signal)],
  ]
  // whom a stranger's certificate names is not asked
  const isOfStranger = (): boolean => logged.some((failure) => failure.check === 'authenticity')
  for (const [check, run] of runs) {
    const action = statement.level[check]
    if (action === 'skip' || (check === 'revocation' && isOfStranger())) continue
    const error = await failureOf(run)
    if (error !== undefined && action === 'enforce') throw error
    if (error !== undefined) logged.push({ check, error })
  }
  return logged
}

async function failureOf(run: () => void | Promise<void>): Promise<VerifyError | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof VerifyError) return error
    throw error
  }
}

/** A signature that asks for a plugin, or for what only one could know, is not taken: there are none. */
function checkUnderstood(envelope: SignedEnvelope): void {
  if (envelope.critical.includes(headerNames.plugin))
    throw refused('the signature asks for a verification plugin, and there are none')
  const unknown = envelope.critical.find((name) => !understood.has(name))
  if (unknown !== undefined) throw refused(`the signature has a critical header '${unknown}' that is not understood`)
}

function checkAuthenticity(
  envelope: SignedEnvelope,
  statement: TrustPolicyStatement,
  trusted: readonly SigningCertificate[],
): void {
  const store = envelope.scheme === 'notary.x509' ? 'ca' : 'signingAuthority'
  const isTrusted = envelope.certificates.some((certificate) =>
    trusted.some((other) => Buffer.from(certificate.der).equals(other.der)),
  )
  if (!statement.stores.has(store))
    throw refused(`the trust policy names no trust store of the type ${store}, which the signature needs`)
  if (!isTrusted) throw refused("none of the signature's certificates is among the trusted ones")
  if (statement.identities === undefined) return
  const [signer] = envelope.certificates
  const subject = toName(signerOf(envelope), signer?.subjectAttributes ?? [])
  if (!statement.identities.some((identity) => isWithin(identity, subject))) {
    throw refused(`the signer '${signerOf(envelope)}' is none of the trusted identities`)
  }
}

/** The name in the signer's certificate, for people. */
export function signerOf(envelope: SignedEnvelope): string {
  return (envelope.certificates[0]?.subjectAttributes ?? []).map(([type, value]) => `${type}=${value}`).join(', ')
}

function checkExpiry(envelope: SignedEnvelope, now: Date): void {
  if (envelope.expiry !== undefined && now >= envelope.expiry)
    throw refused(`the signature expired at ${envelope.expiry.toISOString()}`)
}
