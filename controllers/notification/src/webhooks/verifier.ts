// SPDX-License-Identifier: Apache-2.0
import type { Receiver } from '@tidelock/api'
import type { SecretData } from '@tidelock/kube'
import type { OidcTokens } from './oidc-tokens.ts'

/** A request as it came in. */
export interface WebhookRequest {
  /** Lower-case names; repeated ones joined by ", ". */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** At most 3 MiB. */
  readonly body: Buffer
}

/** What a request is verified against. */
interface VerifyContext {
  readonly receiver: Receiver
  /** The key `token` of the Secret; '' for types that have no Secret. */
  readonly token: string
  /** Every key of the Secret. */
  readonly secret: SecretData
  readonly oidc: OidcTokens
  /** Milliseconds since the epoch. */
  readonly now: () => number
  readonly signal: AbortSignal
}

/** Whether a request is believed. The reason of a refusal is logged, and told to the sender only where `tell` says what. */
export type Verdict =
  | {
      readonly kind: 'accepted'
      /** Claims of a verified token, for filters. */
      readonly claims?: Readonly<Record<string, unknown>>
      /** What filters see as the request's body, as JSON. Absent: the body as it came. */
      readonly payload?: string
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly tell?: string }

/** Verifies requests of one type. Secrets are compared in constant time. A throw is answered 400 like a refusal. */
type Verify = (request: WebhookRequest, context: VerifyContext) => Verdict | Promise<Verdict>

/** One type of Receiver. */
export interface Verifier {
  readonly verify: Verify
  /** Header with the type of event that `spec.events` chooses from, in lower case. Absent: `spec.events` does not count. */
  readonly eventHeader?: string
  /** What is wrong with a Receiver of this type, found when it is reconciled; the object then stalls with `ValidationFailed`. Absent: nothing can be. */
  readonly problem?: (receiver: Receiver) => string | undefined
}

export const accepted: Verdict = { kind: 'accepted' }

/** A refusal that is logged. */
export function refused(reason: string): Verdict {
  return { kind: 'refused', reason }
}
