// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '../../duration/format.ts'
import { formatTime } from '../../meta/time.ts'
import type { HistoryEntry } from './kustomization.ts'

/** How many outcomes `status.history` keeps. */
export const maxHistoryEntries = 5

/** One attempt, to be recorded. */
export interface HistoryAttempt {
  /** Digest of the built objects. */
  readonly digest: string
  /** Reason of the outcome. */
  readonly status: string
  readonly durationMs: number
  readonly at: Date
  /** What was applied, such as its revision. Replaces that of an earlier attempt. */
  readonly metadata?: Readonly<Record<string, string>>
}

/**
 * The history with the attempt recorded: counted into the entry of the same digest and status, or as a new one; either
 * comes first. At most five stay. The given history is left as it was.
 */
export function upsertHistory(history: readonly HistoryEntry[] | undefined, attempt: HistoryAttempt): HistoryEntry[] {
  const { digest, status, metadata } = attempt
  const known = history?.find((entry) => entry.digest === digest && entry.lastReconciledStatus === status)
  const others = (history ?? []).filter((entry) => entry !== known)
  const entry: HistoryEntry = {
    digest,
    firstReconciled: known?.firstReconciled ?? formatTime(attempt.at),
    lastReconciled: formatTime(attempt.at),
    lastReconciledDuration: formatDuration(attempt.durationMs),
    lastReconciledStatus: status,
    ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
    totalReconciliations: (known?.totalReconciliations ?? 0) + 1,
  }
  return [entry, ...others].slice(0, maxHistoryEntries)
}
