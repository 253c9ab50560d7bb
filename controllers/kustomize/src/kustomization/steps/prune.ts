// SPDX-License-Identifier: Apache-2.0
import {
  formatKey,
  getCondition,
  kustomizationRetryInterval,
  kustomizeGroup,
  readyCondition,
  toKey,
} from '@tidelock/api'
import type { InventoryEntry, Kustomization } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { diffInventory, formatChangeSet, mergeSurvivors } from '@tidelock/ssa'
import type { PruneOptions, ResourceManager } from '@tidelock/ssa'
import type { Step } from '@tidelock/runtime'
import { next } from '@tidelock/runtime'
import { confirmAnnotation } from '../annotations.ts'
import type { Run, TargetedRun } from '../dependencies.ts'
import { refusePrune } from '../guards/prune-guard.ts'
import type { PruneRefusal } from '../guards/prune-guard.ts'
import { isSameCluster } from '../target/same-cluster.ts'
import { explainDenial } from '../target/denial.ts'

/**
 * Deletes what the old inventory has and the new one lacks. What could not be deleted goes back into the inventory of the status,
 * so that it is tried again. What another Kustomization lists is left to it.
 */
export async function pruneStale(
  run: TargetedRun,
  manager: ResourceManager,
  old: readonly InventoryEntry[],
  current: readonly InventoryEntry[],
): Promise<Step<void>> {
  const { obj, progress } = run
  if (!obj.spec.prune) return next(undefined)
  const stale = diffInventory(old, current)
  if (stale.length === 0) return next(undefined)
  const refusal = await askGuards(run, manager, { old, current, stale })
  if (refusal !== undefined) {
    obj.status = { ...obj.status, inventory: { entries: mergeSurvivors(current, stale) } }
    return ask(obj, refusal)
  }
  const { message, survivors, error } = await pruneEntries(run, manager, stale)
  if (message !== '') progress.event({ severity: 'info', message, reason: 'Progressing' })
  if (error === undefined) return next(undefined)
  obj.status = { ...obj.status, inventory: { entries: mergeSurvivors(current, survivors) } }
  const explained = await explainDenial(error, run.target, run.ctx.signal)
  return { kind: 'failed', reason: 'PruneFailed', error: explained, retryAfterMs: kustomizationRetryInterval(obj) }
}

interface Stale {
  readonly old: readonly InventoryEntry[]
  readonly current: readonly InventoryEntry[]
  readonly stale: readonly InventoryEntry[]
}

/** Asks the guards, if there are any, about what would really go: what moved elsewhere or is gone already does not count. */
async function askGuards(
  run: TargetedRun,
  manager: ResourceManager,
  { old, current, stale }: Stale,
): Promise<PruneRefusal | undefined> {
  const { obj, key, settings, revision, ctx } = run
  if (settings.pruneBudget === undefined && !settings.refuseEmptySource) return undefined
  const { removed } = await manager.prune(stale, { ...pruneOptions(run), dryRun: true }, ctx.signal)
  const confirmed = obj.metadata.annotations?.[confirmAnnotation]
  const confirmWith = (value: string): string =>
    `kubectl -n ${key.namespace} annotate --overwrite kustomizations.${kustomizeGroup} ${key.name} ${confirmAnnotation}=${value}`
  return refusePrune({ settings, old, current, doomed: removed, revision, confirmed, confirmWith })
}

/** Asked once; the answer is an annotation, which starts the next run. */
function ask(obj: Kustomization, error: PruneRefusal): Step<never> {
  const ready = getCondition(obj, readyCondition)
  const wasAsked = ready?.reason === error.code && ready.message === error.message
  const retryAfterMs = kustomizationRetryInterval(obj)
  return { kind: 'failed', reason: error.code, error, retryAfterMs, ...(wasAsked ? { event: false } : {}) }
}

function pruneOptions(run: Run): PruneOptions {
  return {
    listedElsewhere: (_ref, id) => otherOwners(run, id).length > 0,
    inherited: (id, labelled) => run.deps.heirs.mayDelete(run.key, id, labelled),
    isProtected: (ref) => run.settings.protectedKinds.has(ref),
  }
}

/** Other Kustomizations that list the entry and are there to stay. */
function otherOwners({ deps, key, obj }: Run, id: string): readonly Kustomization[] {
  return deps.listOwners(id).filter(
    (owner) =>
      formatKey(toKey(owner)) !== formatKey(key) &&
      // of two that are deleted together neither would delete the object
      owner.metadata.deletionTimestamp === undefined &&
      isSameCluster(owner, obj) &&
      // who may write a status could keep what others are to prune; what a Kustomization has applied carries its labels anyway
      (!deps.options.noCrossNamespaceRefs || toKey(owner).namespace === key.namespace),
  )
}

/** Has the other Kustomizations that list what was left to them apply it, so that they own it, and may delete it until they do. */
function handOver({ deps, key, ...run }: Run, left: readonly InventoryEntry[]): void {
  for (const { id } of left) {
    for (const owner of otherOwners({ deps, key, ...run }, id).map(toKey)) {
      deps.heirs.leave(owner, id, key)
      deps.fullRuns.mark(owner)
      deps.enqueue(owner)
    }
  }
}

/** What pruning came to. */
export interface Pruned {
  /** A line for each object that was deleted or skipped; empty when there was none. */
  readonly message: string
  /** Entries whose objects could not be deleted, and why; undefined when there are none. */
  readonly survivors: readonly InventoryEntry[]
  readonly error: Error | undefined
}

/** Deletes the entries' objects, as far as they are ours and nobody else lists them. */
export async function pruneEntries(
  run: Run,
  manager: ResourceManager,
  entries: readonly InventoryEntry[],
): Promise<Pruned> {
  const { ctx } = run
  const { changeSet, survivors, errors, left, lost } = await manager.prune(entries, pruneOptions(run), ctx.signal)
  handOver(run, left)
  const message = formatChangeSet(changeSet.filter(({ action }) => action === 'deleted' || action === 'skipped'))
  if (message !== '') ctx.log.info({}, `garbage collection completed: ${message}`)
  for (const { object, owner } of lost)
    ctx.log.info({ object, owner }, 'left an object that belongs to another owner now')
  const error = errors.length === 0 ? undefined : new Error(errors.map((each) => errorMessage(each)).join('\n'))
  return { message, survivors, error }
}
