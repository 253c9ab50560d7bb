// SPDX-License-Identifier: Apache-2.0
import {
  getCondition,
  groupMetadata,
  kustomizationDeletionPolicy,
  kustomizationTimeout,
  kustomizeGroup,
  readyCondition,
} from '@tidelock/api'
import type { InventoryEntry, Kustomization } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { formatRef } from '@tidelock/kube'
import { parseEntry } from '@tidelock/ssa'
import type { Outcome } from '@tidelock/runtime'
import type { Run } from './dependencies.ts'
import { createManager } from './steps/apply.ts'
import { pruneEntries } from './steps/prune.ts'
import { resolveTarget } from './steps/resolve-target.ts'
import { formatAccount } from './target/account.ts'
import { accountExists, explainDenial } from './target/denial.ts'
import type { Targeted } from './target/target.ts'

const terminationPollMs = 2000
const terminating = 'Waiting for the termination of deleted objects'

/**
 * Ends the management of a Kustomization that is being deleted: its objects are deleted as `spec.deletionPolicy` says, not when it is
 * suspended. With WaitForTermination the finalizer stays until they are gone or the timeout passed (behaviour.md 5).
 */
export async function finalizeKustomization(run: Run): Promise<Outcome> {
  const { obj, key, deps } = run
  deps.waits.drop(key)
  deps.targets.unwatch(key)
  const entries = obj.status?.inventory?.entries ?? []
  if (!deletesObjects(obj) || entries.length === 0) return { kind: 'succeeded' }
  const { lastAppliedRevision: revision, lastAppliedOriginRevision: originRevision } = obj.status ?? {}
  run.progress.annotate(groupMetadata(kustomizeGroup, { revision, originRevision }))
  const targeted = await resolveTarget(run)
  if (targeted.kind !== 'next') return targeted.kind === 'failed' ? cannotReach(targeted.error) : targeted
  try {
    return await deleteObjects(targeted.value, entries)
  } catch (error) {
    run.ctx.signal.throwIfAborted()
    return cannotReach(error as Error)
  }
}

async function deleteObjects(run: Run & Targeted, entries: readonly InventoryEntry[]): Promise<Outcome> {
  const { obj, progress } = run
  if (!(await accountExists(run.target, run.ctx.signal))) return leaveObjects(run, entries)
  if (getCondition(obj, readyCondition)?.message !== terminating) {
    const { message, error } = await pruneEntries(run, createManager(run), entries)
    if (error !== undefined) {
      const explained = await explainDenial(error, run.target, run.ctx.signal)
      return {
        kind: 'failed',
        reason: 'PruneFailed',
        error: explained,
        event: { message: 'pruning for deleted resource failed' },
      }
    }
    if (message !== '') progress.event({ severity: 'info', message })
  }
  return kustomizationDeletionPolicy(obj) === 'WaitForTermination'
    ? waitForTermination(run, entries)
    : { kind: 'succeeded' }
}

// nobody else has a right to delete them: as Flux does, they are left and named
function leaveObjects({ ctx, progress, target }: Run & Targeted, entries: readonly InventoryEntry[]): Outcome {
  const objects = entries.map((entry) => formatRef(parseEntry(entry)))
  const message = `unable to prune objects: \n${objects.join('\n')}`
  const account = target.account === undefined ? '' : formatAccount(target.account)
  ctx.log.error({ account, objects }, 'pruning is skipped, the account to impersonate does not exist')
  progress.event({ severity: 'error', message })
  return { kind: 'succeeded' }
}

function deletesObjects(obj: Kustomization): boolean {
  if (obj.spec.suspend === true) return false
  switch (kustomizationDeletionPolicy(obj)) {
    case 'MirrorPrune':
      return obj.spec.prune
    case 'Delete':
    case 'WaitForTermination':
      return true
    case 'Orphan':
      return false
  }
}

// as Flux, it stays until its objects can be reached: they may well be there
function cannotReach(cause: Error): Outcome {
  const way = 'to leave the objects where they are, set spec.deletionPolicy to Orphan'
  const error = new Error(`${errorMessage(cause)}\n${way}`, { cause })
  return { kind: 'failed', reason: 'PruneFailed', error, event: { message: 'pruning for deleted resource failed' } }
}

async function waitForTermination(run: Run & Targeted, entries: readonly InventoryEntry[]): Promise<Outcome> {
  if (!(await isAnyLeaving(run, entries))) return { kind: 'succeeded' }
  if (!isOverdue(run)) {
    return {
      kind: 'waiting',
      ready: 'Unknown',
      reason: 'Progressing',
      message: terminating,
      underWay: terminating,
      retryAfterMs: terminationPollMs,
      event: false,
    }
  }
  run.progress.event({ severity: 'error', message: 'failed to wait for resources termination' })
  return { kind: 'succeeded' }
}

async function isAnyLeaving({ target, ctx }: Run & Targeted, entries: readonly InventoryEntry[]): Promise<boolean> {
  for (const entry of entries) {
    const found = await target.client.find(parseEntry(entry), { signal: ctx.signal, metadataOnly: true })
    if (found?.metadata.deletionTimestamp !== undefined) return true
  }
  return false
}

function isOverdue({ obj, deps }: Run): boolean {
  const deletedMs = Date.parse(obj.metadata.deletionTimestamp ?? '')
  return deps.clock.now() - deletedMs > kustomizationTimeout(obj)
}
