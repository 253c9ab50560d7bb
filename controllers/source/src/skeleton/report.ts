// SPDX-License-Identifier: Apache-2.0
import {
  artifactCommitUrl,
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
import type { Checked, SourceAdapter, SourceObject } from './adapter.ts'

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
  {
    revision,
    message = `new upstream revision '${revision}'`,
  }: { readonly revision: string; readonly message?: string },
): Promise<void> {
  if (hasRevision(obj.status?.artifact, revision)) return
  if (obj.status?.artifact !== undefined) {
    markTrue(obj, artifactOutdatedCondition, 'NewRevision', message, new Date(ctx.clock.now()))
  }
  await progress('Progressing', `building artifact: ${message}`, { readyUnknown: true })
}

/** Records the stored artifact, and that nothing is wrong. */
export function markStored(
  ctx: ReconcileContext,
  obj: SourceObject,
  artifact: Artifact,
  message: string = `stored artifact for revision '${artifact.revision}'`,
): void {
  obj.status = { ...obj.status, artifact }
  for (const type of [...failures, artifactOutdatedCondition]) removeCondition(obj, type)
  markTrue(obj, artifactInStorageCondition, 'Succeeded', message, new Date(ctx.clock.now()))
}

/** The end of a run that found what is stored already: no download, and an event for the Kubernetes API alone. */
export function outcomeUnchanged<T extends SourceObject, U>(
  ctx: ReconcileContext,
  obj: T,
  before: SourceObject,
  adapter: SourceAdapter<T, U>,
  checked: Checked<U>,
): Outcome {
  const { artifact } = obj.status ?? {}
  if (artifact !== undefined) markStored(ctx, obj, artifact, adapter.words?.stored(artifact))
  // nothing was fetched, so that the commit can only be named by its revision, as Flux does
  const recovered = newArtifactEvents(before, obj, `commit '${artifact?.revision}'`, adapter)
  return { kind: 'succeeded', events: [...recovered, { severity: 'trace', ...adapter.unchangedEvent(obj, checked) }] }
}

/** The event of a new artifact, or of a recovery with the same one; none otherwise (api-source, "Events emitted"). */
export function newArtifactEvents<T extends SourceObject, U>(
  before: SourceObject,
  obj: T,
  description: string,
  { words }: SourceAdapter<T, U>,
): EventDraft[] {
  const { artifact } = obj.status ?? {}
  if (artifact === undefined) return []
  const isNew = before.status?.artifact?.digest !== artifact.digest
  const recovered = failures.some((type) => isTrue(before, type) && !isTrue(obj, type))
  if (!isNew && !recovered) return []
  return [
    {
      severity: 'info',
      reason: isNew ? 'NewArtifact' : 'Succeeded',
      message: words?.event(obj, description) ?? `stored artifact for ${description}`,
      metadata: groupMetadata(sourceGroup, {
        ...{ revision: artifact.revision, digest: artifact.digest },
        commitUrl: artifactCommitUrl(obj, artifact),
      }),
    },
  ]
}
