// SPDX-License-Identifier: Apache-2.0
import type { StatusResult } from './types.ts'

export function current(message: string): StatusResult {
  return { status: 'Current', message }
}

export function inProgress(message: string): StatusResult {
  return { status: 'InProgress', message }
}

export function failed(message: string): StatusResult {
  return { status: 'Failed', message }
}

/** A count that must be reached: the first one that falls short tells how far the object has come. */
export interface Shortfall {
  readonly label: string
  readonly have: number
  readonly want: number
}

/** The first count that falls short as an InProgress result, or undefined when all are reached. */
export function firstShortfall(counts: readonly Shortfall[]): StatusResult | undefined {
  const short = counts.find(({ have, want }) => want > have)
  return short === undefined ? undefined : inProgress(`${short.label}: ${short.have}/${short.want}`)
}
