// SPDX-License-Identifier: Apache-2.0
import { rm } from 'node:fs/promises'
import { artifactInStorageCondition, removeCondition, storageOperationFailedCondition } from '@tidelock/api'
import type { ArtifactStore } from '@tidelock/artifact'
import type { Progress, ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'
import { storageFailed } from './failures.ts'
import { storageReason } from './storage-reason.ts'

/**
 * Collects garbage and holds the advertised artifact against the file in the storage: a missing or damaged file clears
 * `status.artifact`, so that the run builds it anew (api-source, "Artifact integrity").
 */
export async function ensureStorage(
  ctx: ReconcileContext,
  obj: SourceObject,
  progress: Progress,
  store: ArtifactStore,
): Promise<Step<void>> {
  const { artifact } = obj.status ?? {}
  try {
    if (artifact !== undefined) {
      await store.collectGarbage(artifact)
      const state = await store.verify(artifact)
      if (state === 'mismatch') {
        progress.event({
          severity: 'error',
          reason: 'ArtifactVerificationFailed',
          message: `failed to verify integrity of artifact: the file of ${artifact.path} does not have the digest ${artifact.digest}`,
        })
        await rm(store.localPath(artifact), { force: true })
      }
      if (state !== 'ok') delete obj.status?.artifact
    }
  } catch (error) {
    return storageFailed(ctx, obj, storageReason(error), error as Error)
  }
  removeCondition(obj, storageOperationFailedCondition)
  if (obj.status?.artifact === undefined) await reportMissing(obj, progress, artifact !== undefined)
  else obj.status.artifact = store.withAddress(obj.status.artifact)
  return next(undefined)
}

async function reportMissing(obj: SourceObject, progress: Progress, disappeared: boolean): Promise<void> {
  removeCondition(obj, artifactInStorageCondition)
  await progress('Progressing', disappeared ? 'building artifact: disappeared from storage' : 'building artifact')
}
