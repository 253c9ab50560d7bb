// SPDX-License-Identifier: Apache-2.0
import type { Artifact } from '@tidelock/api'
import type { ArtifactOwner, ArtifactStore } from '@tidelock/artifact'
import type { ReconcileContext, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Fetched, SourceObject } from './adapter.ts'
import { fetchFailed, storageFailed } from './failures.ts'
import { storageReason } from './storage-reason.ts'

/** Archives what was fetched. The old artifact stays in the storage, and is served, until garbage collection. */
export async function storeArtifact(
  ctx: ReconcileContext,
  obj: SourceObject,
  store: ArtifactStore,
  revision: string,
  fetched: Fetched,
): Promise<Step<Artifact>> {
  try {
    const artifact = await store.writeArchive(ownerOf(obj), {
      fileName: fetched.fileName,
      revision,
      entries: await fetched.entries(ctx.signal),
      metadata: fetched.metadata ?? {},
      signal: ctx.signal,
    })
    return next(artifact)
  } catch (cause) {
    const fault = fetched.faultOf(cause)
    if (fault !== undefined) return fetchFailed(ctx, obj, fault.reason, fault.error)
    const error = new Error('unable to archive artifact to storage', { cause })
    return storageFailed(ctx, obj, storageReason(cause), error)
  }
}

/** The object as the storage knows it. */
export function ownerOf({ kind, metadata }: SourceObject): ArtifactOwner {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name }
}
