// SPDX-License-Identifier: Apache-2.0
import { getCondition, hasRevision, isTrue, markTrue, removeCondition, sourceVerifiedCondition } from '@tidelock/api'
import type { Clock, OCIRepository } from '@tidelock/api'
import type { HttpClient } from '@tidelock/http'
import type { KubeClient } from '@tidelock/kube'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { readSecret } from '../secrets/read-secret.ts'
import { verificationFailed } from '../skeleton/failures.ts'
import type { DefaultRoot } from './sigstore.ts'
import type { Upstream } from './upstream.ts'

/** What verification is done with. */
export interface VerificationAccess {
  readonly client: KubeClient
  readonly clock: Clock
  /** For lists of revoked certificates. */
  readonly http: HttpClient
  /** For keyless signatures of objects that name no root. */
  readonly defaultRoot: DefaultRoot
}

/**
 * Whether the artifact has to be verified: it is another one, the object changed since, or the last try failed. An artifact that
 * passed is not verified again.
 */
export function needsVerification(obj: OCIRepository, revision: string): boolean {
  if (obj.spec.verify === undefined) return false
  const observed = getCondition(obj, sourceVerifiedCondition)?.observedGeneration
  return (
    !hasRevision(obj.status?.artifact, revision) ||
    observed !== obj.metadata.generation ||
    !isTrue(obj, sourceVerifiedCondition)
  )
}

/** How Flux calls the way of verification in its messages. */
function providerOf({ provider, secretRef }: NonNullable<OCIRepository['spec']['verify']>): string {
  return provider === 'cosign' && secretRef === undefined ? 'cosign keyless' : provider
}

/**
 * Holds the signatures of the artifact to `spec.verify`: SourceVerified is True when one holds, and gone when the trust policy lets
 * the artifact pass unverified. Else the run ends with SourceVerified False, to be tried again with backoff.
 */
export async function verifyArtifact(
  ctx: ReconcileContext,
  obj: OCIRepository,
  { upstream: { repository, digest }, revision }: { readonly upstream: Upstream; readonly revision: string },
  { client, clock, http, defaultRoot }: VerificationAccess,
): Promise<Step<void>> {
  const { signal, log } = ctx
  const { namespace = '' } = obj.metadata
  const read = (name: string): ReturnType<typeof readSecret> => readSecret(client, namespace, name, signal)
  try {
    // what reads signatures takes memory, and most objects ask for none
    const { verifySignatures } = await import('./verify-signatures.ts')
    const dependencies = { clock, log, http, defaultRoot, signal, readSecret: read }
    const verdict = await verifySignatures(obj, { repository, digest }, dependencies)
    if (verdict === 'ignored') removeCondition(obj, sourceVerifiedCondition)
    else
      markTrue(
        obj,
        sourceVerifiedCondition,
        'Succeeded',
        `verified signature of revision ${revision}`,
        new Date(clock.now()),
      )
    return next(undefined)
  } catch (cause) {
    const provider = obj.spec.verify === undefined ? '' : providerOf(obj.spec.verify)
    const error = new Error(`failed to verify the signature using provider '${provider}'`, { cause })
    return verificationFailed(ctx, obj, 'VerificationError', error)
  }
}
