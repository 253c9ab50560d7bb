// SPDX-License-Identifier: Apache-2.0
import {
  artifactInStorageCondition,
  artifactOutdatedCondition,
  fetchFailedCondition,
  groupMetadata,
  includeUnavailableCondition,
  isTrue,
  markTrue,
  removeCondition,
  sourceGroup,
  storageOperationFailedCondition,
} from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import type { EventDraft, Outcome, Progress, ReconcileContext } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'

const failures = [fetchFailedCondition, includeUnavailableCondition, storageOperationFailedCondition]

/** Says that upstream is ahead of the stored artifact. */
export async function markOutdated(
  ctx: ReconcileContext,
  obj: SourceObject,
  progress: Progress,
  revision: string,
): Promise<void> {
  if (obj.status?.artifact?.revision === revision) return
  const message = `new upstream revision '${revision}'`
  if (obj.status?.artifact !== undefined) {
    markTrue(obj, artifactOutdatedCondition, 'NewRevision', message, new Date(ctx.clock.now()))
  }
  await progress('Progressing', `building artifact: ${message}`)
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
  const recovered = newArtifactEvents(before, obj, `revision '${artifact?.revision}'`)
  return { kind: 'succeeded', events: [{ severity: 'trace', ...event }, ...recovered] }
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
