// SPDX-License-Identifier: Apache-2.0
import type { Spread } from '../measure/statistics.ts'
import { spreadOf } from '../measure/statistics.ts'
import type { UsageByController } from '../measure/usage.ts'
import { appName, appNamespace } from '../workload/app.ts'
import { kustomizations } from '../workload/objects.ts'
import { editImage, removeService, sampleCount } from './hand-edit.ts'
import { measured } from './phase.ts'
import type { PhaseContext } from './phase.ts'
import { untilAllReady } from './until-ready.ts'

/** Hand edits and deletions while others write and as many Kustomizations again are new. */
export interface LoadResult {
  /** From each edit or deletion being sent to its correction being seen, in ms. */
  readonly undoneMs: Spread
  /** Until the new Kustomizations were Ready. */
  readonly coldSeconds: number
  /** Status updates that were made, and their rate. */
  readonly updates: number
  readonly updatesPerSecond: number
  readonly usage: UsageByController
}

const updateEveryMs = 20
const offenceEveryMs = 200
/** Kustomizations that are created at a time: as many as a controller applies, were they in Git. All at once would flood the API server before the cold sync begins. */
const creators = 4
/** Updates on their way at a time: a slow API server is not to be buried. */
const maxInFlight = 100

/**
 * Creates as many Kustomizations again, of the same directories, writes fifty times a second to the status of what was applied before, and
 * meanwhile edits a Deployment or deletes a Service five times a second. An edit is sent whether or not the one before is undone.
 * Undefined when too few apps are left to edit.
 */
export async function measureUnderLoad(context: PhaseContext): Promise<LoadResult | undefined> {
  const { options } = context
  // each app once only, and not those that the other phases edit
  const victims = Array.from({ length: options.apps - 1 }, (_, index) => appName(index)).slice(sampleCount(options))
  if (victims.length < 2) return undefined
  return measured(context, () => underLoad(context, victims))
}

async function underLoad(context: PhaseContext, victims: readonly string[]): Promise<Omit<LoadResult, 'usage'>> {
  const { place } = context
  const startedMs = place.clock.monotonic()
  const ending = new AbortController()
  const updates = updateStatus(context, ending.signal)
  // it is awaited below; when the others fail before, its own end must not hide why
  updates.catch(() => undefined)
  const cold = startCold(context).finally(() => ending.abort())
  // neither is left behind when the other fails
  const [coldEndedMs, samples] = await Promise.all([cold, offend(context, victims, ending.signal)])
  const seconds = (place.clock.monotonic() - startedMs) / 1000
  const made = await updates
  return {
    undoneMs: spreadOf(samples),
    coldSeconds: (coldEndedMs - startedMs) / 1000,
    updates: made,
    updatesPerSecond: made / seconds,
  }
}

async function startCold(context: PhaseContext): Promise<number> {
  const { options, place, signal } = context
  const objects = kustomizations(options, 'again-')
  const ready = untilAllReady(context, objects)
  const left = objects.values()
  const create = async (): Promise<void> => {
    for (const object of left) await place.client.create(object, { fieldManager: 'bench', signal })
  }
  const [endedMs] = await Promise.all([ready, ...Array.from({ length: creators }, create)])
  return endedMs
}

async function offend(
  context: PhaseContext,
  victims: readonly string[],
  ending: AbortSignal,
): Promise<readonly number[]> {
  const pending: Promise<number>[] = []
  for (const [index, name] of victims.entries()) {
    if (ending.aborted && pending.length > 0) break
    const undone = index % 2 === 0 ? editImage(context, name) : removeService(context, name)
    // it is awaited below; until then a failure must not count as unhandled
    undone.catch(() => undefined)
    pending.push(undone)
    await context.place.clock.sleep(offenceEveryMs, context.signal)
  }
  return await Promise.all(pending)
}

/** Writes to the status of Ingresses, which no controller minds here, until the signal aborts. Answers how many writes there were. */
async function updateStatus({ options, place, signal }: PhaseContext, ending: AbortSignal): Promise<number> {
  const inFlight = new Set<Promise<void>>()
  let made = 0
  const dueMs = place.clock.monotonic()
  for (let index = 0; !ending.aborted && !signal.aborted; index++) {
    const name = appName(index % options.apps)
    const ip = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`
    const ref = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: appNamespace, name }
    const body = { status: { loadBalancer: { ingress: [{ ip }] } } }
    const write = place.client
      .patch(ref, { type: 'merge', body, subresource: 'status', fieldManager: 'bench-status', signal })
      .then(
        () => void made++,
        // one that fails is one less in the rate
        () => undefined,
      )
      .finally(() => inFlight.delete(write))
    inFlight.add(write)
    if (inFlight.size >= maxInFlight) await Promise.race(inFlight)
    const waitMs = dueMs + (index + 1) * updateEveryMs - place.clock.monotonic()
    if (waitMs > 0) await place.clock.sleep(waitMs, signal)
  }
  await Promise.all(inFlight)
  return made
}
