// SPDX-License-Identifier: Apache-2.0

/**
 * The interval moved by a uniformly random share of up to `percent` per cent, up or down, as Flux spreads its runs.
 * 0 and 100 or more leave it as it is. `random` is uniform in [0, 1).
 */
export function jitteredInterval(intervalMs: number, percent: number, random: () => number): number {
  if (percent <= 0 || percent >= 100) return intervalMs
  return intervalMs * (1 + (percent / 100) * (2 * random() - 1))
}
