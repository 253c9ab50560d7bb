// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { InventoryEntry } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { formatRef } from '@tidelock/kube'
import { parseEntry } from '@tidelock/ssa'
import type { Settings } from '../annotations.ts'
import { allowance } from './prune-budget.ts'

/** What a guard is asked about. */
export interface PruneQuestion {
  readonly settings: Pick<Settings, 'pruneBudget' | 'refuseEmptySource'>
  /** What was applied before this run. */
  readonly old: readonly InventoryEntry[]
  /** What this run applied. */
  readonly current: readonly InventoryEntry[]
  /** What would be deleted. */
  readonly doomed: readonly InventoryEntry[]
  readonly revision: string
  /** What the user agreed to: the digest of a deletion, or a revision. */
  readonly confirmed: string | undefined
  /** `kubectl` arguments that set the confirmation to a value. */
  readonly confirmWith: (value: string) => string
}

/** Why a deletion has to be agreed to first. */
export type PruneRefusal = CodedError<'SourceEmpty' | 'PruneBudgetExceeded'>

const maxNamed = 20

/** Whether the deletion must wait for somebody to agree, with a message that says what would go and how to agree; undefined: it need not. */
export function refusePrune(question: PruneQuestion): PruneRefusal | undefined {
  const { settings, old, current, doomed, revision, confirmed } = question
  if (doomed.length === 0) return undefined
  const digest = deletionDigest(doomed)
  if (confirmed === digest || confirmed === revision) return undefined
  const { pruneBudget: budget } = settings
  if (settings.refuseEmptySource && current.length === 0) {
    const why = `revision ${revision} builds to nothing, and ${countOf(doomed.length)} would be deleted`
    return new CodedError('SourceEmpty', `${why}: ${explain(question, digest)}`)
  }
  if (budget !== undefined && doomed.length > allowance(budget, old.length)) {
    const why = `${doomed.length} of ${countOf(old.length)} would be deleted, more than the prune budget of ${budget.text} allows`
    return new CodedError('PruneBudgetExceeded', `${why}: ${explain(question, digest)}`)
  }
  return undefined
}

/** Names a deletion by what it deletes, so that consent to it is not consent to another. */
export function deletionDigest(entries: readonly InventoryEntry[]): string {
  const ids = entries.map(({ id }) => id).sort()
  return `sha256:${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 16)}`
}

function explain({ doomed, confirmWith }: PruneQuestion, digest: string): string {
  const names = doomed.slice(0, maxNamed).map((entry) => formatRef(parseEntry(entry)))
  const rest = doomed.length > maxNamed ? ` and ${doomed.length - maxNamed} more` : ''
  return `${names.join(', ')}${rest}; to keep them, put them back into the source; to let them go, run: ${confirmWith(digest)}`
}

function countOf(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`
}
