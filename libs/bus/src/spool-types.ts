// SPDX-License-Identifier: Apache-2.0

/** Records that were thrown away to stay within the bounds. */
export interface OverflowReport {
  /** Records lost with this overflow. */
  readonly dropped: number
  /** Ids of the first few of them. */
  readonly ids: readonly string[]
  readonly reason: 'bytes' | 'records'
}

/** A file that could not be read whole. It is kept beside the spool with the suffix `.corrupt`. */
export interface CorruptReport {
  readonly file: string
  readonly problem: string
  /** Records of it that could still be read; they are delivered. */
  readonly salvaged: number
}

/** Settings of a spool. */
export interface SpoolOptions {
  /** Made where missing. Belongs to one process. */
  readonly directory: string
  /** Bound of the space on disk; the oldest records go first. */
  readonly maxBytes: number
  /** Bound of the number of records. Absent: 100,000. */
  readonly maxRecords?: number
  /** What happens at the bounds. `drop-oldest`: the oldest records go; `refuse`: `put` throws `SpoolFull`. Absent: `drop-oldest`. */
  readonly whenFull?: 'drop-oldest' | 'refuse'
  readonly onOverflow: (report: OverflowReport) => void
  readonly onCorrupt: (report: CorruptReport) => void
  /** A write failed: its records live in memory only until they are delivered. */
  readonly onFault: (error: Error) => void
  /** Makes the random part of file names. Absent: 8 random hexadecimal digits. */
  readonly token?: () => string
}

/** How full a spool is, and what went wrong since it was opened. */
export interface SpoolStats {
  readonly records: number
  readonly bytes: number
  readonly segments: number
  readonly dropped: number
  readonly corrupt: number
  readonly faults: number
}
