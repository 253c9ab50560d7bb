// SPDX-License-Identifier: Apache-2.0
import {
  artifactInStorageCondition,
  artifactOutdatedCondition,
  fetchFailedCondition,
  groupMetadata,
  includeUnavailableCondition,
  hasPendingRequest,
  hasRevision,
  isTrue,
  markReconciling,
  markTrue,
  removeCondition,
  sourceGroup,
  storageOperationFailedCondition,
} from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import type { EventDraft, Outcome, Progress, ReconcileContext } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'

const failures = [fetchFailedCondition, includeUnavailableCondition, storageOperationFailedCondition]

const inProgress = 'reconciliation in progress'

/**
 * Marks the object as being worked on, and shows it at once where somebody waits to see that: a new generation, or a
 * request by annotation. The runs in between leave no trace before they end.
 */
export async function reportStart(ctx: ReconcileContext, obj: SourceObject, progress: Progress): Promise<void> {
  const observed = obj.status?.observedGeneration ?? -1
  const { generation = 0 } = obj.metadata
  if (observed !== generation)
    await progress('Progressing', `processing object: new generation ${observed} -> ${generation}`)
  else if (hasPendingRequest(obj)) await progress('Progressing', inProgress)
  else markReconciling(obj, 'Progressing', inProgress, new Date(ctx.clock.now()))
}

/** Says that upstream is ahead of the stored artifact. */
export async function markOutdated(
  ctx: ReconcileContext,
  obj: SourceObject,
  progress: Progress,
  revision: string,
): Promise<void> {
  if (hasRevision(obj.status?.artifact, revision)) return
  const message = `new upstream revision '${revision}'`
  if (obj.status?.artifact !== undefined) {
    markTrue(obj, artifactOutdatedCondition, 'NewRevision', message, new Date(ctx.clock.now()))
  }
  await progress('Progressing', `building artifact: ${message}`, { readyUnknown: true })
}

/** Records the stored artifact, and that nothing is wrong. */
export function markStored(ctx: ReconcileContext, obj: SourceObject, artifact: Artifact): void {
  obj.status = { ...obj.status, artifact }
  for (const type of [...failures, artifactOutdatedCondition]) removeCondition(obj, type)
  const message = `stored artifact for revision '${artifact.revision}'`
  markTrue(obj, artifactInStorageCondition, 'Succeeded', message, new Date(ctx.clock.now()))
}

/** The end of a run that found what is stored already: no download, and an event for the Kubernetes API alone. */
export function outcomeUnchanged(
  ctx: ReconcileContext,
  obj: SourceObject,
  before: SourceObject,
  event: { readonly reason: string; readonly message: string },
): Outcome {
  const { artifact } = obj.status ?? {}
  if (artifact !== undefined) markStored(ctx, obj, artifact)
  // nothing was fetched, so that the commit can only be named by its revision, as Flux does
  const recovered = newArtifactEvents(before, obj, `commit '${artifact?.revision}'`)
  return { kind: 'succeeded', events: [...recovered, { severity: 'trace', ...event }] }
}

/** The event of a new artifact, or of a recovery with the same one; none otherwise (api-source, "Events emitted"). */
export function newArtifactEvents(before: SourceObject, obj: SourceObject, description: string): EventDraft[] {
  const { artifact } = obj.status ?? {}
  if (artifact === undefined) return []
  const isNew = before.status?.artifact?.digest !== artifact.digest
  const recovered = failures.some((type) => isTrue(before, type) && !isTrue(obj, type))
  if (!isNew && !recovered) return []
  return [
    {
      severity: 'info',
      reason: isNew ? 'NewArtifact' : 'Succeeded',
      message: `stored artifact for ${description}`,
      metadata: groupMetadata(sourceGroup, { revision: artifact.revision, digest: artifact.digest }),
    },
  ]
}
