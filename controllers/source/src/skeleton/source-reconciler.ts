// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasRevision, isFalse, removeCondition, sourceVerifiedCondition } from '@tidelock/api'
import type { Artifact } from '@tidelock/api'
import type { ArtifactStore } from '@tidelock/artifact'
import type { EventDraft, Outcome, Progress, ReconcileContext, Reconciler, Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Checked, Fetched, SourceAdapter, SourceObject } from './adapter.ts'
import { storageFailed } from './failures.ts'
import { ensureStorage } from './ensure-storage.ts'
import { finalizeSource } from './finalize.ts'
import { markOutdated, markStored, newArtifactEvents, outcomeUnchanged, reportStart } from './report.ts'
import { linkLatest, storeArtifact } from './store-artifact.ts'

/** What every source kind needs beside its adapter. */
export interface SourceDependencies {
  readonly store: ArtifactStore
  /** Directory for what is being fetched; emptied at start. */
  readonly scratchRoot: string
}

/** The run of every source kind: ensure storage, check, fetch (and verify), store. */
export function createSourceReconciler<T extends SourceObject, U>(
  adapter: SourceAdapter<T, U>,
  dependencies: SourceDependencies,
): Reconciler<T> {
  return {
    reconcile: (ctx, obj, progress) => reconcileSource(ctx, obj, progress, adapter, dependencies),
    finalize: async (_ctx, obj) => {
      await adapter.forget?.(obj)
      return finalizeSource(obj, dependencies.store)
    },
  }
}

async function reconcileSource<T extends SourceObject, U>(
  ctx: ReconcileContext,
  obj: T,
  progress: Progress,
  adapter: SourceAdapter<T, U>,
  { store, scratchRoot }: SourceDependencies,
): Promise<Outcome> {
  const before = structuredClone(obj)
  await reportStart(ctx, obj, progress)

  const ensured = await ensureStorage(ctx, obj, progress, { store, latestLink: adapter.latestLink })
  if (ensured.kind !== 'next') return ensured

  // a failure is found again or it is over; a success stands for the artifact that is stored
  if (isFalse(obj, sourceVerifiedCondition)) removeCondition(obj, sourceVerifiedCondition)
  const checked = await adapter.check(ctx, obj, progress)
  if (checked.kind !== 'next') return checked
  await using upstream = checked.value
  if (hasRevision(obj.status?.artifact, upstream.revision) && !adapter.contentConfigChanged(obj, upstream)) {
    return outcomeUnchanged(ctx, obj, before, adapter, upstream)
  }

  await markOutdated(ctx, obj, progress, toNews(adapter, obj, upstream))
  const scratchDir = await makeScratch(ctx, obj, scratchRoot)
  if (scratchDir.kind !== 'next') return scratchDir
  try {
    const stored = await fetchAndStore(ctx, obj, adapter, store, upstream, scratchDir.value)
    if (stored.kind !== 'next') return stored
    const { artifact, description } = stored.value
    markStored(ctx, obj, artifact, adapter.words?.stored(artifact))
    adapter.observe(obj, upstream)
    const linked = await linkLatest(obj, artifact, store, adapter.latestLink)
    return {
      kind: 'succeeded',
      events: [...stored.value.events, ...linked, ...newArtifactEvents(before, obj, description, adapter)],
    }
  } finally {
    await rm(scratchDir.value, { recursive: true, force: true })
  }
}

/** What `markOutdated` is told of a newer revision. */
function toNews<T extends SourceObject, U>(
  { words }: SourceAdapter<T, U>,
  obj: T,
  checked: Checked<U>,
): { revision: string; message?: string } {
  const { revision } = checked
  return words === undefined ? { revision } : { revision, message: words.outdated(obj, checked) }
}

async function fetchAndStore<T extends SourceObject, U>(
  ctx: ReconcileContext,
  obj: T,
  adapter: SourceAdapter<T, U>,
  store: ArtifactStore,
  checked: Checked<U>,
  scratchDir: string,
): Promise<Step<{ artifact: Artifact; description: string; events: readonly EventDraft[] }>> {
  const step = await adapter.fetch(ctx, obj, checked, scratchDir)
  if (step.kind !== 'next') return step
  await using fetched: Fetched = step.value
  const artifact = await storeArtifact(ctx, obj, store, checked.revision, fetched)
  if (artifact.kind !== 'next') return artifact
  return next({ artifact: artifact.value, description: fetched.description, events: fetched.events ?? [] })
}

async function makeScratch(ctx: ReconcileContext, obj: SourceObject, root: string): Promise<Step<string>> {
  try {
    return next(await mkdtemp(join(root, `${obj.kind.toLowerCase()}-`)))
  } catch (cause) {
    const error = new Error('failed to create temporary working directory', { cause })
    return storageFailed(ctx, obj, 'DirectoryCreationFailed', error)
  }
}
