// SPDX-License-Identifier: Apache-2.0
import { kustomizationDeletionPolicy, kustomizationTimeout } from '@tidelock/api'
import type { InventoryEntry, Kustomization } from '@tidelock/api'
import { parseEntry } from '@tidelock/ssa'
import type { Outcome } from '@tidelock/runtime'
import type { Run } from './dependencies.ts'
import { createManager } from './steps/apply.ts'
import { pruneEntries } from './steps/prune.ts'

const terminationPollMs = 2000

/**
 * Ends the management of a Kustomization that is being deleted: its objects are deleted as `spec.deletionPolicy` says, not when it is
 * suspended. With WaitForTermination the finalizer stays until they are gone or the timeout passed (behaviour.md 5).
 */
export async function finalizeKustomization(run: Run): Promise<Outcome> {
  const { obj, key, deps, progress } = run
  deps.waits.drop(key)
  deps.ownership.forget(key)
  const entries = obj.status?.inventory?.entries ?? []
  if (!deletesObjects(obj) || entries.length === 0) return { kind: 'succeeded' }

  const error = await pruneEntries(run, createManager(run), entries, () => undefined)
  if (error !== undefined) {
    return { kind: 'failed', reason: 'PruneFailed', error, event: { message: 'pruning for deleted resource failed' } }
  }
  if (kustomizationDeletionPolicy(obj) !== 'WaitForTermination') return { kind: 'succeeded' }
  if (!(await anyLeft(run, entries))) return { kind: 'succeeded' }
  if (!isOverdue(run)) {
    const message = 'Waiting for the termination of deleted objects'
    return { kind: 'waiting', reason: 'Progressing', message, retryAfterMs: terminationPollMs, event: false }
  }
  progress.event({ severity: 'error', message: 'failed to wait for resources termination' })
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

async function anyLeft({ deps, ctx }: Run, entries: readonly InventoryEntry[]): Promise<boolean> {
  for (const entry of entries) {
    const found = await deps.client.find(parseEntry(entry), { signal: ctx.signal })
    if (found?.metadata.deletionTimestamp !== undefined) return true
  }
  return false
}

function isOverdue({ obj, deps }: Run): boolean {
  const deletedMs = Date.parse(obj.metadata.deletionTimestamp ?? '')
  return deps.clock.now() - deletedMs > kustomizationTimeout(obj)
}
