// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { artifactInStorageCondition, removeCondition, storageOperationFailedCondition } from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import type { ArtifactStore } from '@tidelock/artifact'
import { errorMessage, hasCode } from '@tidelock/errors'
import type { Progress, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'
import { storageFailed } from './failures.ts'
import { storageReason } from './storage-reason.ts'

/**
 * Collects garbage and holds the advertised artifact against the file in the storage: a missing or damaged file clears
 * `status.artifact`, so that the run builds it anew (api-source, "Artifact integrity"). The URL follows the address that
 * the storage advertises now.
 */
export async function ensureStorage(
  ctx: ReconcileContext,
  obj: SourceObject,
  progress: Progress,
  { store, latestLink }: { readonly store: ArtifactStore; readonly latestLink: string | undefined },
): Promise<Step<void>> {
  removeCondition(obj, storageOperationFailedCondition)
  const { artifact } = obj.status ?? {}
  if (artifact === undefined) {
    await reportMissing(obj, progress, 'building artifact')
    return next(undefined)
  }
  await collectGarbage(ctx, artifact, progress, store)
  const fault = await findFault(artifact, store)
  if (fault === undefined) {
    obj.status = { ...obj.status, artifact: store.withAddress(artifact) }
    if (latestLink !== undefined && obj.status.url !== undefined) obj.status.url = store.linkUrl(artifact, latestLink)
    return next(undefined)
  }
  if (fault !== 'missing') {
    const message = `failed to verify integrity of artifact: ${fault}`
    progress.event({ severity: 'error', reason: 'ArtifactVerificationFailed', message })
    try {
      await removeFile(artifact, store)
    } catch (cause) {
      const error = new Error('failed to remove artifact after digest mismatch', { cause })
      return storageFailed(ctx, obj, storageReason(cause), error)
    }
  }
  delete obj.status?.artifact
  delete obj.status?.url
  await reportMissing(obj, progress, 'building artifact: disappeared from storage')
  return next(undefined)
}

/** What is wrong with the stored file; undefined when it is what the status says. */
async function findFault(artifact: Artifact, store: ArtifactStore): Promise<string | undefined> {
  try {
    const state = await store.verify(artifact)
    if (state === 'ok') return undefined
    return state === 'missing' ? 'missing' : `computed digest doesn't match '${artifact.digest}'`
  } catch (error) {
    return errorMessage(error)
  }
}

async function removeFile(artifact: Artifact, store: ArtifactStore): Promise<void> {
  try {
    await rm(store.localPath(artifact), { force: true })
  } catch (error) {
    // what lies outside of the storage is not ours
    if (!hasCode(error, 'InvalidPath')) throw error
  }
}

/** What cannot be collected now is collected next time: no reason to withhold the artifact. */
async function collectGarbage(
  ctx: ReconcileContext,
  artifact: Artifact,
  progress: Progress,
  store: ArtifactStore,
): Promise<void> {
  try {
    const removed = await store.collectGarbage(artifact)
    if (removed.length === 0) return
    const message = `garbage collected ${removed.length} artifacts`
    progress.event({ severity: 'trace', reason: 'GarbageCollectionSucceeded', message })
  } catch (error) {
    ctx.log.error({ error }, 'garbage collection of artifacts failed')
  }
}

async function reportMissing(obj: SourceObject, progress: Progress, message: string): Promise<void> {
  removeCondition(obj, artifactInStorageCondition)
  await progress('Progressing', message, { readyUnknown: true })
}
