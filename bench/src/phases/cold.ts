// SPDX-License-Identifier: Apache-2.0
import type { UsageByController } from '../measure/usage.ts'
import { gitRepository, kustomizations } from '../workload/objects.ts'
import { measured } from './phase.ts'
import type { PhaseContext } from './phase.ts'
import { untilAllReady } from './until-ready.ts'

/** From the first object created to all Kustomizations Ready. */
export interface ColdResult {
  readonly readySeconds: number
  readonly usage: UsageByController
}

/** Creates the GitRepository and all Kustomizations and waits until all are Ready. */
export async function measureCold(context: PhaseContext): Promise<ColdResult> {
  const { options, place, signal } = context
  const objects = kustomizations(options)
  return measured(context, async () => {
    const startedMs = place.clock.monotonic()
    const ready = untilAllReady(context, objects)
    const create = [gitRepository(place.state.gitUrl), ...objects].map((object) =>
      place.client.create(object, { fieldManager: 'bench', signal }),
    )
    const [endedMs] = await Promise.all([ready, ...create])
    return { readySeconds: (endedMs - startedMs) / 1000 }
  })
}
