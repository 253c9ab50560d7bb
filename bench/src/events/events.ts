// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { createNatsSink } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'

const quiet = { debug: () => undefined, info: () => undefined, error: () => undefined }

/** Publishes to the bus as a controller does. */
export function openProducer(natsUrl: string, seedFile: string): EventSink {
  return createNatsSink({ url: natsUrl, seedFile, name: 'bench', log: quiet, random: Math.random })
}

/** Events are about so many objects, in turn. */
export const objectCount = 500

/** An event whose message says when it was made. */
export function eventAt(index: number, madeAtMs: number, namespace: string): FluxEvent {
  return {
    involvedObject: {
      ...{ apiVersion: 'kustomize.toolkit.fluxcd.io/v1', kind: 'Kustomization', namespace },
      ...{ name: `app-${index % objectCount}`, uid: `uid-${index % objectCount}` },
    },
    ...{ severity: 'info', timestamp: new Date(madeAtMs).toISOString(), message: `${index} ${madeAtMs}` },
    ...{ reason: 'Progressing', reportingController: 'kustomize-controller' },
  }
}

/** Publishes `rate` events a second for so many seconds, evenly, and returns their number when the bus has acknowledged all. */
export async function publishAtRate(
  sink: EventSink,
  { rate, seconds, namespace }: { readonly rate: number; readonly seconds: number; readonly namespace: string },
  signal: AbortSignal,
): Promise<number> {
  const total = rate * seconds
  const run = process.hrtime.bigint().toString(36)
  const startedMs = performance.now()
  const underWay: Promise<void>[] = []
  for (let index = 0; index < total;) {
    const due = Math.min(total, Math.ceil(((performance.now() - startedMs) / 1000) * rate))
    for (; index < due; index++)
      underWay.push(sink.deliver(eventAt(index, Date.now(), namespace), `${run}-${index}`, signal))
    signal.throwIfAborted()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await Promise.all(underWay)
  return total
}
