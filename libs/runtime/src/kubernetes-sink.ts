// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { BusError } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'
import { isKubeError } from '@tidelock/kube'
import type { KubeClient } from '@tidelock/kube'
import type { CoreEvent } from './core-event.ts'
import { toCoreEvent } from './core-event.ts'
import { EventCorrelator } from './event-correlator.ts'

/** Settings of the sink for Kubernetes Events. */
export interface KubernetesSinkOptions {
  readonly client: Pick<KubeClient, 'create' | 'patch'>
  readonly clock: Clock
}

/**
 * Writes events as core/v1 Events beside their objects, those of severity trace included. Best effort, but never
 * silently: what the API server refuses (a namespace that is being deleted, missing rights) is rejected and reported.
 */
export function createKubernetesSink(options: KubernetesSinkOptions): EventSink {
  const correlator = new EventCorrelator()
  return {
    name: 'kubernetes',
    concurrency: 16,
    maxAttempts: 10,
    accepts: () => true,
    async deliver(event, id, signal) {
      try {
        await write(options, correlator, toCoreEvent(event, id), signal)
      } catch (error) {
        if (isKubeError(error, 'Forbidden', 'Invalid', 'BadRequest', 'NotFound', 'RequestTooLarge', 'KindNotFound'))
          throw new BusError('Rejected', 'the API server refused an event', { cause: error })
        throw error
      }
    },
  }
}

async function write(
  options: KubernetesSinkOptions,
  correlator: EventCorrelator,
  event: CoreEvent,
  signal: AbortSignal,
): Promise<void> {
  const { client, clock } = options
  const decided = correlator.correlate(event, clock.now())
  if (decided.kind === 'count') {
    const { count, name, key } = decided
    const { message, lastTimestamp, metadata } = decided.event
    const body = { count, message, lastTimestamp, metadata: { annotations: metadata.annotations } }
    const ref = { apiVersion: 'v1', kind: 'Event', name, namespace: metadata.namespace ?? 'default' }
    try {
      await client.patch(ref, { type: 'strategic', body, signal })
      return correlator.written(key, name, count)
    } catch (error) {
      // the API server forgets events after an hour
      if (!isKubeError(error, 'NotFound')) throw error
      correlator.forget(key)
    }
  }
  try {
    await client.create(decided.event, { signal })
  } catch (error) {
    // the name follows from the id: this very event was delivered before
    if (!isKubeError(error, 'AlreadyExists')) throw error
  }
  correlator.written(decided.key, decided.event.metadata.name, 1)
}
