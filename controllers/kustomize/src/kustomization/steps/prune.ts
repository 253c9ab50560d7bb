// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizationRetryInterval, toKey } from '@tidelock/api'
import type { InventoryEntry } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { diffInventory, formatChangeSet, mergeSurvivors } from '@tidelock/ssa'
import type { ResourceManager } from '@tidelock/ssa'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'
import { explainDenial } from '../target/denial.ts'
import type { Targeted } from '../target/target.ts'

/**
 * Deletes what the old inventory has and the new one lacks. What could not be deleted goes back into the inventory of the status,
 * so that it is tried again. What another Kustomization lists is left to it.
 */
export async function pruneStale(
  run: Run & Targeted,
  manager: ResourceManager,
  old: readonly InventoryEntry[],
  current: readonly InventoryEntry[],
): Promise<Step<void>> {
  const { obj, progress } = run
  if (!obj.spec.prune) return next(undefined)
  const stale = diffInventory(old, current)
  if (stale.length === 0) return next(undefined)
  const { message, survivors, error } = await pruneEntries(run, manager, stale)
  if (message !== '') progress.event({ severity: 'info', message, reason: 'Progressing' })
  if (error === undefined) return next(undefined)
  obj.status = { ...obj.status, inventory: { entries: mergeSurvivors(current, survivors) } }
  const explained = await explainDenial(error, run.target, run.ctx.signal)
  return { kind: 'failed', reason: 'PruneFailed', error: explained, retryAfterMs: kustomizationRetryInterval(obj) }
}

/** What pruning came to. */
export interface Pruned {
  /** A line for each object that was deleted or skipped; empty when there was none. */
  readonly message: string
  /** Entries whose objects could not be deleted, and why; undefined when there are none. */
  readonly survivors: readonly InventoryEntry[]
  readonly error: Error | undefined
}

/** Deletes the entries' objects, as far as they are ours. */
export async function pruneEntries(
  run: Run,
  manager: ResourceManager,
  entries: readonly InventoryEntry[],
): Promise<Pruned> {
  const { ctx, deps, key } = run
  const isOther = (id: string): boolean =>
    deps.listOwners(id).some((owner) => formatKey(toKey(owner)) !== formatKey(key))
  const { changeSet, survivors, errors, lost } = await manager.prune(
    entries,
    { listedElsewhere: (_ref, id) => isOther(id) },
    ctx.signal,
  )
  const message = formatChangeSet(changeSet.filter(({ action }) => action === 'deleted' || action === 'skipped'))
  if (message !== '') ctx.log.info({}, `garbage collection completed: ${message}`)
  for (const { object, owner } of lost)
    ctx.log.info({ object, owner }, 'left an object that belongs to another owner now')
  const error = errors.length === 0 ? undefined : new Error(errors.map((each) => errorMessage(each)).join('\n'))
  return { message, survivors, error }
}
