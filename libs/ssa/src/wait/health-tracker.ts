// SPDX-License-Identifier: Apache-2.0
import type { HealthTarget, HealthTrackerOptions, HealthWait, TrackOptions } from './health-types.ts'

export declare class HealthTracker {
  constructor(options: HealthTrackerOptions)
  track(targets: readonly HealthTarget[], options: TrackOptions): HealthWait
  /** Resolves when healthy; throws SsaError WaitFailed or WaitTimeout with Flux's message, or the signal's reason. */
  waitFor(targets: readonly HealthTarget[], options: TrackOptions, signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
