// SPDX-License-Identifier: Apache-2.0
import { BenchError } from '../errors.ts'

/** Median and extremes of samples. */
export interface Spread {
  readonly median: number
  /** 99 of 100 samples are not above it; with fewer than a hundred it is the largest. Absent in figures of former versions. */
  readonly p99?: number
  readonly max: number
  readonly samples: readonly number[]
}

/** Throws MeasureFailed without samples. */
export function spreadOf(samples: readonly number[]): Spread {
  return { median: median(samples), p99: percentile(samples, 99), max: Math.max(...samples), samples }
}

/** The smallest sample that at least so many per cent of them do not exceed. Throws MeasureFailed without samples. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  if (value === undefined) throw new BenchError('MeasureFailed', 'there are no samples')
  return value
}

/** The middle of the samples, the mean of the two middle ones when their number is even. Throws MeasureFailed without samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new BenchError('MeasureFailed', 'there are no samples')
  return (lower + upper) / 2
}
