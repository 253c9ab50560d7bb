// SPDX-License-Identifier: Apache-2.0
import type { AuditCheck } from './measure/audit.ts'
import type { Machine } from './measure/machine.ts'
import type { BenchOptions } from './options.ts'
import type { ColdResult } from './phases/cold.ts'
import type { HandEditResult } from './phases/hand-edit.ts'
import type { IdleResult } from './phases/idle.ts'
import type { MemoryResult } from './phases/memory.ts'
import type { ChangeResult } from './phases/one-change.ts'
import type { LoadResult } from './phases/under-load.ts'

/** Everything that one run found: what `--json` writes. */
export interface BenchResult {
  /** When it began, RFC 3339. */
  readonly date: string
  readonly options: Pick<BenchOptions, 'apps' | 'concurrent' | 'cluster' | 'changes' | 'samples' | 'audit'> &
    Partial<Pick<BenchOptions, 'shape' | 'sops' | 'lockdown'>>
  readonly machine: Machine
  /** Load of the machine (1 minute) before anything was started: what other work disturbed the figures. */
  readonly loadBefore: number
  /** Processes of the control plane. */
  readonly components: readonly string[]
  readonly cold: ColdResult
  readonly changes: readonly ChangeResult[]
  readonly handEdit: HandEditResult
  readonly idle: IdleResult
  readonly memory: MemoryResult
  /** One hand edit after the idle phase, until it was undone. */
  readonly editAfterRestMs: number
  /** One change after that edit; absent in figures of former versions. */
  readonly changeAfterRest?: ChangeResult
  /** Absent with `--no-load`, with few apps, and in figures of former versions. */
  readonly load?: LoadResult
  /** Absent without `--audit`. */
  readonly audit?: Readonly<Record<string, AuditCheck>>
}
