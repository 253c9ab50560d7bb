// SPDX-License-Identifier: Apache-2.0
import { kustomizationRetryInterval } from '@tidelock/api'
import type { InventoryEntry } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { diffInventory, formatChangeSet, mergeSurvivors } from '@tidelock/ssa'
import type { ResourceManager } from '@tidelock/ssa'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import type { Run } from '../dependencies.ts'

/**
 * Deletes what the old inventory has and the new one lacks. What could not be deleted goes back into the inventory of the status,
 * so that it is tried again. What another Kustomization lists is left to it.
 */
export async function pruneStale(
  run: Run,
  manager: ResourceManager,
  old: readonly InventoryEntry[],
  current: readonly InventoryEntry[],
): Promise<Step<void>> {
  const { obj } = run
  if (!obj.spec.prune) return next(undefined)
  const stale = diffInventory(old, current)
  if (stale.length === 0) return next(undefined)
  const error = await pruneEntries(run, manager, stale, (survivors) => {
    obj.status = { ...obj.status, inventory: { entries: mergeSurvivors(current, survivors) } }
  })
  if (error === undefined) return next(undefined)
  return { kind: 'failed', reason: 'PruneFailed', error, retryAfterMs: kustomizationRetryInterval(obj) }
}

/** Deletes the entries and reports it. Returns why some survived, after handing them to `keep`; undefined when none did. */
export async function pruneEntries(
  run: Run,
  manager: ResourceManager,
  entries: readonly InventoryEntry[],
  keep: (survivors: readonly InventoryEntry[]) => void,
): Promise<Error | undefined> {
  const { ctx, progress, deps, key } = run
  const isOther = (id: string): boolean =>
    deps.listOwners(id).some(({ metadata }) => metadata.name !== key.name || metadata.namespace !== key.namespace)
  const { changeSet, survivors, errors, lost } = await manager.prune(
    entries,
    { listedElsewhere: (_ref, id) => isOther(id) },
    ctx.signal,
  )
  const deleted = changeSet.filter(({ action }) => action === 'deleted')
  if (deleted.length > 0) {
    const message = formatChangeSet(deleted)
    progress.event({ severity: 'info', message, reason: 'Progressing' })
    ctx.log.info({}, `garbage collection completed: ${message}`)
  }
  for (const { object, owner } of lost)
    ctx.log.info({ object, owner }, 'left an object that belongs to another owner now')
  if (survivors.length === 0) return undefined
  keep(survivors)
  return new Error(errors.map((each) => errorMessage(each)).join('\n'))
}
