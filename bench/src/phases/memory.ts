// SPDX-License-Identifier: Apache-2.0
import { readMemory } from '../measure/process-stat.ts'
import type { Memory } from '../measure/process-stat.ts'
import type { PhaseContext } from './phase.ts'

/** Memory by controller: the peak since its start, and now, at rest. */
export type MemoryResult = Readonly<Record<string, Memory>>

/** Reads the memory of every controller. */
export async function measureMemory({ place }: Pick<PhaseContext, 'place'>): Promise<MemoryResult> {
  const entries = Object.entries(place.state.pids).map(async ([name, pid]) => [name, await readMemory(pid)] as const)
  return Object.fromEntries(await Promise.all(entries))
}
