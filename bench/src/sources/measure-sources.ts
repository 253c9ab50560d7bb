// SPDX-License-Identifier: Apache-2.0
import type { Clock, KubeObject } from '@tidelock/api'
import { Informer } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import { readMemory } from '../measure/process-stat.ts'
import { untilAll } from '../measure/until-all.ts'
import type { UntilOptions } from '../measure/until-all.ts'
import { readUsage, totalUsage, usageBetween } from '../measure/usage.ts'
import type { View } from '../measure/views.ts'
import type { RunningController } from './controller.ts'
import type { SourcesOptions } from './options.ts'
import type { SourceWorkload } from './workload.ts'

/** What is known of a source from its status. */
interface SourceView extends View {
  readonly ready: boolean
  readonly message: string
  readonly revision: string
}

/** What was used while something was done. */
export interface Spent {
  readonly seconds: number
  readonly cpuSeconds: number
  /** To the API server. */
  readonly apiRequests: number
  /** To the server of the sources. */
  readonly sourceRequests: number
}

/** The figures of one kind of source. */
export interface SourcesResult {
  readonly kind: string
  readonly count: number
  /** From the first object created to all Ready. */
  readonly cold: Spent
  readonly peakMiB: number
  /** One interval in which nothing changed. */
  readonly round: Spent
  readonly restMiB: number
  /** From the request by annotation to the new revision in the status, in ms, sorted. */
  readonly changesMs: readonly number[]
}

/** What the measurement works with. */
export interface SourcesContext {
  readonly options: SourcesOptions
  readonly client: KubeClient
  readonly clock: Clock
  readonly controller: RunningController
  readonly onProgress: (line: string) => void
  readonly signal: AbortSignal
}

/** Measures the sources of a workload, one phase after the other. */
export async function measureSources(workload: SourceWorkload, context: SourcesContext): Promise<SourcesResult> {
  const { client, controller, clock, options, onProgress, signal } = context
  const informer = new Informer({ client, kind: workload.kind, project: toView })
  const follow = informer.start(signal)
  await informer.waitForSync(signal)
  const { kind } = workload.kind
  onProgress(`${kind}: cold, ${workload.objects.length} objects`)
  const cold = await spending(workload, context, async () => {
    const names = workload.objects.map(({ metadata }) => metadata.name)
    const ready = until(informer, context, { names, holds: (view) => view.ready })
    await Promise.all([ready, ...workload.objects.map((object) => client.create(object, { signal }))])
  })
  const { peakMiB } = await readMemory(controller.pid)
  onProgress(`${kind}: one round of polling`)
  const round = await spending(workload, context, () => clock.sleep(options.intervalMs, signal))
  const { nowMiB } = await readMemory(controller.pid)
  onProgress(`${kind}: requested changes`)
  const changesMs: number[] = []
  for (let version = 1; version <= options.changes; version++)
    changesMs.push(await measureChange(workload, informer, context, version))
  void follow
  return {
    ...{ kind, count: workload.objects.length, cold, round },
    ...{ peakMiB, restMiB: nowMiB, changesMs: changesMs.sort((a, b) => a - b) },
  }
}

async function measureChange(
  workload: SourceWorkload,
  informer: Informer<SourceView>,
  context: SourcesContext,
  version: number,
): Promise<number> {
  const { client, clock, signal } = context
  const { apiVersion, kind, metadata } = workload.objects[0]!
  const { name, namespace = '' } = metadata
  const revision = await workload.change(version)
  const startedMs = clock.monotonic()
  const seen = until(informer, context, { names: [name], holds: (view) => view.revision === revision })
  const requestedAt = `${clock.now()}-${version}`
  const body = { metadata: { annotations: { 'reconcile.fluxcd.io/requestedAt': requestedAt } } }
  await client.patch({ apiVersion, kind, name, namespace }, { type: 'merge', body, signal })
  return (await seen) - startedMs
}

async function spending(
  workload: SourceWorkload,
  { controller, clock, signal }: SourcesContext,
  work: () => Promise<void>,
): Promise<Spent> {
  const [before, sourceRequests, startedMs] = [
    await readUsage(controller.controllers, signal),
    workload.requests(),
    clock.monotonic(),
  ]
  await Promise.race([work(), controller.broken])
  const seconds = (clock.monotonic() - startedMs) / 1000
  const used = totalUsage(usageBetween(before, await readUsage(controller.controllers, signal)))
  return {
    seconds,
    cpuSeconds: used.cpuSeconds,
    apiRequests: used.requests,
    sourceRequests: workload.requests() - sourceRequests,
  }
}

function until(
  informer: Informer<SourceView>,
  { options, clock, signal }: SourcesContext,
  wanted: Pick<UntilOptions<SourceView>, 'names' | 'holds'>,
): Promise<number> {
  return untilAll(informer, {
    ...wanted,
    describe: ({ message }) => message,
    timeoutMs: options.timeoutMs,
    clock,
    signal,
  })
}

function toView(object: KubeObject): SourceView {
  const { metadata, status } = object as KubeObject & {
    status?: {
      observedGeneration?: number
      artifact?: { revision: string }
      conditions?: { type: string; status: string; message: string }[]
    }
  }
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  return {
    name: metadata.name,
    uid: metadata.uid ?? '',
    ready: ready?.status === 'True' && status?.observedGeneration === metadata.generation,
    message: ready?.message ?? 'it was not reconciled yet',
    revision: status?.artifact?.revision ?? '',
  }
}
