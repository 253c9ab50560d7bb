// SPDX-License-Identifier: Apache-2.0
import type { ArtifactStore } from '@tidelock/artifact'
import type { Outcome, Progress, ReconcileContext } from '@tidelock/runtime'
import type { SourceObject } from './adapter.ts'
import { ownerOf } from './store-artifact.ts'

/** Removes every file of an object that is being deleted. */
export async function finalizeSource(
  _ctx: ReconcileContext,
  obj: SourceObject,
  progress: Progress,
  store: ArtifactStore,
): Promise<Outcome> {
  try {
    await store.removeAll(ownerOf(obj))
  } catch (error) {
    return { kind: 'failed', reason: 'GarbageCollectionFailed', error: error as Error }
  }
  if (obj.status?.artifact !== undefined) {
    progress.event({
      severity: 'trace',
      reason: 'GarbageCollectionSucceeded',
      message: 'garbage collected artifacts for deleted resource',
    })
  }
  return { kind: 'succeeded' }
}
