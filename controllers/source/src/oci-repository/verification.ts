// SPDX-License-Identifier: Apache-2.0
import { getCondition, hasRevision, isTrue, sourceVerifiedCondition } from '@tidelock/api'
import type { OCIRepository } from '@tidelock/api'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { verificationStalled } from '../skeleton/failures.ts'
import type { Upstream } from './upstream.ts'

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

/** Holds the signatures of the artifact against what is trusted; ends the run with SourceVerified False otherwise. */
export async function verifyArtifact(
  ctx: ReconcileContext,
  obj: OCIRepository,
  _upstream: Upstream,
): Promise<Step<void>> {
  const error = new Error('spec.verify is not supported by this version of the source controller: remove it')
  return verificationStalled(ctx, obj, 'VerificationError', error)
}
