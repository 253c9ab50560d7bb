// SPDX-License-Identifier: Apache-2.0
import type { RevocationChecker } from './revocation.ts'
import type { SigningCertificate } from './signing-certificate.ts'
import type { TrustPolicy } from './trust-policy.ts'

/** Whose signatures count, and how signatures are held to the time. */
export interface NotationTrust {
  readonly policy: TrustPolicy
  /** What every trust store of the policy holds: Flux keeps all certificates of the Secret in one. */
  readonly certificates: readonly SigningCertificate[]
  readonly revocation: RevocationChecker
  readonly now: Date
}
