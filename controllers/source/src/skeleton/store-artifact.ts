// SPDX-License-Identifier: Apache-2.0
import type { Artifact } from '@tidelock/api'
import type { ArtifactOwner, ArtifactStore } from '@tidelock/artifact'
import { errorMessage } from '@tidelock/errors'
import type { EventDraft, ReconcileContext, Step } from '@tidelock/runtime'
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
    const { fileName, file, metadata = {} } = fetched
    const facts = { fileName, revision, metadata, signal: ctx.signal }
    const artifact =
      file === undefined
        ? await store.writeArchive(ownerOf(obj), { ...facts, entries: await fetched.entries(ctx.signal) })
        : await store.writeFile(ownerOf(obj), { ...facts, content: file })
    return next(artifact)
  } catch (cause) {
    const fault = fetched.faultOf(cause)
    if (fault !== undefined) return fetchFailed(ctx, obj, fault.reason, fault.error)
    const error = new Error(`unable to ${fetched.file === undefined ? 'archive' : 'copy'} artifact to storage`, {
      cause,
    })
    return storageFailed(ctx, obj, storageReason(cause), error)
  }
}

/** Moves the link to the newest artifact and notes its URL. The artifact is good without it: a failure is told, no more. */
export async function linkLatest(
  obj: SourceObject,
  artifact: Artifact,
  store: ArtifactStore,
  linkName: string | undefined,
): Promise<EventDraft[]> {
  if (linkName === undefined) return []
  try {
    obj.status = { ...obj.status, url: await store.link(artifact, linkName) }
    return []
  } catch (error) {
    const message = `failed to update status URL symlink: ${errorMessage(error)}`
    return [{ severity: 'trace', reason: 'SymlinkUpdateFailed', message }]
  }
}

/** The object as the storage knows it. */
export function ownerOf({ kind, metadata }: SourceObject): ArtifactOwner {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name }
}
