// SPDX-License-Identifier: Apache-2.0

/** Bounds of a growing delay. */
export interface BackoffBounds {
  readonly baseMs: number
  readonly maxMs: number
}

/** Delay before try `attempt` (1 is the first repetition): doubled each time, spread over its upper half. */
export function backoffMs(attempt: number, bounds: BackoffBounds, random: () => number): number {
  const full = Math.min(bounds.maxMs, bounds.baseMs * 2 ** Math.min(attempt - 1, 30))
  return full * (0.5 + random() / 2)
}
