// SPDX-License-Identifier: Apache-2.0
import type { Place } from '../place/place.ts'
import type { BenchOptions } from '../options.ts'
import { readUsage, usageBetween } from '../measure/usage.ts'
import type { UsageByController } from '../measure/usage.ts'
import type { deploymentInformer, kustomizationInformer, serviceInformer } from '../measure/views.ts'

/** What every phase works with. */
export interface PhaseContext {
  readonly options: BenchOptions
  readonly place: Place
  readonly kustomizations: ReturnType<typeof kustomizationInformer>
  readonly deployments: ReturnType<typeof deploymentInformer>
  readonly services: ReturnType<typeof serviceInformer>
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** After the last object was seen as wanted: what goes on behind it (events, caches) belongs to the phase too. */
const trailMs = 2000

/** Runs the work and adds what the controllers used, up to two seconds after its end. */
export async function measured<R>(
  { place, signal }: PhaseContext,
  work: () => Promise<R>,
): Promise<R & { readonly usage: UsageByController }> {
  const before = await readUsage(place.state, signal)
  const result = await work()
  await place.clock.sleep(trailMs, signal)
  const after = await readUsage(place.state, signal)
  return { ...result, usage: usageBetween(before, after) }
}
