// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { formatRef, isKubeError, refOf } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { SsaError } from './errors.ts'
import type { Action, ChangeSetEntry } from './model/change-set.ts'
import { parseEntry, sortInventory, toEntry } from './model/inventory.ts'
import type { InventoryEntry } from './model/inventory.ts'
import { readOwner } from './model/owner.ts'
import type { OwnerKey } from './model/owner.ts'
import { isPruneDisabled } from './object/policy.ts'
import type { ApplyContext } from './plan/context.ts'
import { mapBounded } from './plan/map-bounded.ts'
import type { PruneOptions, PruneResult } from './plan/options.ts'
import { parallelGroups } from './object/stage.ts'
import { findServedVersion } from './served-version.ts'

const deleteTries = 5

interface Removal {
  readonly entry: InventoryEntry
  readonly ref: ObjectRef
  readonly action: Action
  readonly error?: Error
  /** Whether the object was there to be deleted. */
  readonly found?: boolean
  /** Whether it was left to another owner that lists it. */
  readonly left?: boolean
  /** Set when the live object is another owner's; its `owner` is undefined when the labels name none. */
  readonly lost?: { readonly owner: OwnerKey | undefined }
}

/**
 * Deletes what the entries name, in reverse apply order and in the background. Never throws for a single object: what could not be deleted
 * is among the survivors. An entry that cannot be read throws `InvalidInventoryId`.
 */
export async function prune(
  context: ApplyContext,
  entries: readonly InventoryEntry[],
  options: PruneOptions,
  signal: AbortSignal,
): Promise<PruneResult> {
  const reversed = sortInventory(entries).toReversed()
  const removals: Removal[] = []
  for (const group of parallelGroups(reversed, (entry) => parseEntry(entry).kind)) {
    const done = await mapBounded(group, context.concurrency, (entry) => remove(context, entry, options, signal))
    removals.push(...done.filter((removal) => removal !== undefined))
  }
  return {
    changeSet: removals.map(toChange),
    removed: removals.filter(({ found }) => found === true).map(({ entry }) => entry),
    survivors: removals.filter(({ error }) => error !== undefined).map(({ entry }) => entry),
    errors: removals.flatMap(({ error }) => (error === undefined ? [] : [error])),
    left: removals.filter(({ left }) => left === true).map(({ entry }) => entry),
    lost: removals.flatMap(({ ref, lost }) => (lost === undefined ? [] : [{ object: ref, owner: lost.owner }])),
  }
}

async function remove(
  context: ApplyContext,
  entry: InventoryEntry,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<Removal> {
  const ref = parseEntry(entry)
  const write = options.dryRun === true ? undefined : context.observer?.writing(ref)
  try {
    const removal: Removal = { entry, ref, ...(await attempt(context, ref, options, signal)) }
    if (removal.action === 'deleted') write?.deleted()
    else write?.written(undefined)
    return removal
  } catch (error) {
    write?.written(undefined)
    signal.throwIfAborted()
    const message = `${formatRef(ref)} ${errorMessage(error)}`
    return { entry, ref, action: 'unknown', error: new SsaError('PruneFailed', message, { cause: error }) }
  }
}

/** The deletion is bound to the object that was judged: when it changed meanwhile, it is read and judged again. */
async function attempt(
  context: ApplyContext,
  ref: ObjectRef,
  options: PruneOptions,
  signal: AbortSignal,
): Promise<Pick<Removal, 'action' | 'left' | 'lost' | 'found'>> {
  for (let tries = 1; ; tries++) {
    const live = await read(context, ref, signal)
    if (live === undefined) return { action: 'deleted' }
    // under another version of the API, perhaps
    const target = refOf(live)
    const kept = keep(context, live, ref, options)
    if (kept !== undefined) return kept
    if (live.metadata.deletionTimestamp !== undefined) return { action: 'deleted' }
    if (options.dryRun === true) return { action: 'deleted', found: true }
    const { uid, resourceVersion } = live.metadata
    try {
      await context.client.delete(target, { propagation: 'Background', uid, resourceVersion, signal })
      return { action: 'deleted', found: true }
    } catch (error) {
      if (isKubeError(error, 'NotFound') || isLeaving(error)) return { action: 'deleted' }
      if (tries === deleteTries || !isKubeError(error, 'Conflict')) {
        throw new Error(`delete failed: ${errorMessage(error)}`, { cause: error })
      }
    }
  }
}

/**
 * The metadata of the object. Without its kind in any version there is no object either; a kind that may only seem to be missing
 * is an error, as in Flux: with a broken API service its objects may well be there.
 */
async function read(context: ApplyContext, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
  try {
    return await readServed(context, ref, signal)
  } catch (error) {
    if (isKubeError(error, 'NotFound')) return undefined
    throw new Error(`query failed: ${errorMessage(error)}`, { cause: error })
  }
}

async function readServed(
  { client }: ApplyContext,
  ref: ObjectRef,
  signal: AbortSignal,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(ref, { signal, metadataOnly: true })
  } catch (error) {
    if (!isKubeError(error, 'KindNotFound')) throw error
    const apiVersion = await findServedVersion(client, ref, signal)
    if (apiVersion === undefined) return undefined
    if (apiVersion === ref.apiVersion) throw error
    return client.get({ ...ref, apiVersion }, { signal, metadataOnly: true })
  }
}

function keep(
  { owner }: ApplyContext,
  live: KubeObject,
  ref: ObjectRef,
  { listedElsewhere, inherited, isProtected }: PruneOptions,
): Pick<Removal, 'action' | 'left' | 'lost'> | undefined {
  const { id } = toEntry(ref)
  const labelled = readOwner(live.metadata.labels, owner.labelGroup)
  const isOwn = labelled?.name === owner.name && labelled.namespace === owner.namespace
  if (!isOwn && (labelled === undefined || inherited?.(id, labelled) !== true)) {
    return { action: 'skipped', lost: { owner: labelled } }
  }
  if (isPruneDisabled(owner.labelGroup, live.metadata) || isProtected?.(ref) === true) return { action: 'skipped' }
  return listedElsewhere?.(ref, id) === true ? { action: 'skipped', left: true } : undefined
}

/** A namespace that is being deleted refuses to be deleted again with Conflict; so does the object that it takes with it. */
function isLeaving(error: unknown): boolean {
  return isKubeError(error, 'Conflict') && /being terminated|is terminating|being deleted/i.test(error.message)
}

function toChange({ ref, action }: Removal): ChangeSetEntry {
  return { object: ref, subject: formatRef(ref), action }
}
