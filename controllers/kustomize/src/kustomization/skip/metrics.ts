// SPDX-License-Identifier: Apache-2.0
import { counter } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'

/** Counts runs that had nothing to do. */
export interface SkipMetrics {
  /** A run neither built nor applied. */
  skipped(): void
}

/** Registers `tidelock_skipped_runs_total`. */
export function createSkipMetrics(registry: RuntimeMetrics['registry']): SkipMetrics {
  const skipped = counter(registry, 'tidelock_skipped_runs_total', help, [])
  skipped.inc(0)
  return { skipped: () => skipped.inc() }
}

const help = 'Runs that neither built nor applied, since nothing that the last applied build read had changed.'
