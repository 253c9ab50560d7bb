// SPDX-License-Identifier: Apache-2.0
import type { Spread } from '../measure/statistics.ts'
import { spreadOf } from '../measure/statistics.ts'
import type { UsageByController } from '../measure/usage.ts'
import { untilAll } from '../measure/until-all.ts'
import type { BenchOptions } from '../options.ts'
import { appName, appNamespace } from '../workload/app.ts'
import { measured } from './phase.ts'
import type { PhaseContext } from './phase.ts'

/** From the edit being sent to the correction being seen, in ms. */
export interface HandEditResult {
  /** The image of a Deployment, by the field manager kubectl-edit. */
  readonly editMs: Spread
  /** A Service deleted. */
  readonly deletionMs: Spread
  readonly usage: UsageByController
}

const timeoutMs = 60_000
const editedImage = 'registry.example.com/bench/app:by-hand'

/** Edits and deletes objects of as many apps as there are samples, one after the other, and times each correction. */
export async function measureHandEdits(context: PhaseContext): Promise<HandEditResult> {
  return measured(context, async () => {
    const edits: number[] = []
    const deletions: number[] = []
    // an app once only: a second offence within the interval is corrected at the interval
    for (let index = 0; index < sampleCount(context.options); index++) {
      edits.push(await editImage(context, appName(index)))
      deletions.push(await removeService(context, appName(index)))
    }
    return { editMs: spreadOf(edits), deletionMs: spreadOf(deletions) }
  })
}

/** How many edits and deletions there are: the last app is left for the edit after the rest. */
export function sampleCount({ apps, samples }: Pick<BenchOptions, 'apps' | 'samples'>): number {
  return Math.min(samples, apps - 1)
}

/** One more edit, when nothing has happened for a while. In ms, as above. */
export function measureEditAfterRest(context: PhaseContext): Promise<number> {
  return editImage(context, appName(context.options.apps - 1))
}

/** Changes the image of an app's Deployment as `kubectl edit` does, and waits until it is undone. In ms, as above. */
export async function editImage({ place, deployments, signal }: PhaseContext, name: string): Promise<number> {
  const before = deployments.get({ namespace: appNamespace, name })?.image
  let seen = false
  const startedMs = place.clock.monotonic()
  const undone = untilAll(deployments, {
    names: [name],
    holds(view) {
      seen ||= view.image === editedImage
      return seen && view.image === before
    },
    describe: (view) => `it has the image ${view.image}`,
    timeoutMs,
    clock: place.clock,
    signal,
  })
  const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: appNamespace, name }
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image: editedImage }] } } } }
  const patch = place.hands.patch(ref, { type: 'strategic', body, fieldManager: 'kubectl-edit', signal })
  const [endedMs] = await Promise.all([undone, patch])
  return endedMs - startedMs
}

/** Deletes an app's Service and waits until there is another one. In ms, as above. */
export async function removeService({ place, services, signal }: PhaseContext, name: string): Promise<number> {
  const before = services.get({ namespace: appNamespace, name })?.uid
  const startedMs = place.clock.monotonic()
  const undone = untilAll(services, {
    names: [name],
    holds: (view) => view.uid !== before,
    describe: () => 'it was not deleted',
    timeoutMs,
    clock: place.clock,
    signal,
  })
  const ref = { apiVersion: 'v1', kind: 'Service', namespace: appNamespace, name }
  const [endedMs] = await Promise.all([undone, place.hands.delete(ref, { signal })])
  return endedMs - startedMs
}
