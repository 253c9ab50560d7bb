// SPDX-License-Identifier: Apache-2.0
import { readUsage, totalUsage, usageBetween } from '../measure/usage.ts'
import type { UsageByController } from '../measure/usage.ts'
import type { PhaseContext } from './phase.ts'

/** At rest, between two intervals. */
export interface IdleResult {
  readonly seconds: number
  /** All controllers together, in per cent of one core. */
  readonly cpuPercent: number
  readonly usage: UsageByController
}

const settleMs = 10_000

/** Waits a moment and measures what the controllers use while nothing happens. */
export async function measureIdle({ place, options, signal }: PhaseContext): Promise<IdleResult> {
  await place.clock.sleep(settleMs, signal)
  const startedMs = place.clock.monotonic()
  const before = await readUsage(place.state, signal)
  await place.clock.sleep(options.idleSeconds * 1000, signal)
  const usage = usageBetween(before, await readUsage(place.state, signal))
  const seconds = (place.clock.monotonic() - startedMs) / 1000
  return { seconds, cpuPercent: (totalUsage(usage).cpuSeconds / seconds) * 100, usage }
}
