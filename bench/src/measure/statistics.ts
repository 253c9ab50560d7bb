// SPDX-License-Identifier: Apache-2.0
import { BenchError } from '../errors.ts'

/** Median and extremes of samples. */
export interface Spread {
  readonly median: number
  readonly max: number
  readonly samples: readonly number[]
}

/** Throws MeasureFailed without samples. */
export function spreadOf(samples: readonly number[]): Spread {
  return { median: median(samples), max: Math.max(...samples), samples }
}

/** The middle of the samples, the mean of the two middle ones when their number is even. Throws MeasureFailed without samples. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.floor((sorted.length - 1) / 2)]
  if (upper === undefined || lower === undefined) throw new BenchError('MeasureFailed', 'there are no samples')
  return (lower + upper) / 2
}
