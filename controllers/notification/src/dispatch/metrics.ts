// SPDX-License-Identifier: Apache-2.0
import { counter, gauge, histogram } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'

/** What became of an event for one Provider. */
type DispatchResult = 'delivered' | 'retried' | 'dead' | 'left-out'

/** Metrics of telling people. */
export interface DispatchMetrics {
  result(type: string, result: DispatchResult): void
  /** From the keeping of an event to its delivery. */
  took(type: string, ms: number): void
  /** Events that the stream dropped before they were seen here. */
  overtaken(count: number): void
}

/** Registers them; `waiting` is how many deliveries wait. */
export function createDispatchMetrics({ registry }: RuntimeMetrics, waiting: () => number): DispatchMetrics {
  const results = counter(registry, 'tidelock_notifications_total', 'Notifications by provider type and result.', [
    'type',
    'result',
  ])
  const took = histogram(
    registry,
    'tidelock_notification_delay_seconds',
    'Time from the keeping of an event to its delivery.',
    ['type'],
    [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 3600],
  )
  const overtaken = counter(
    registry,
    'tidelock_events_overtaken_total',
    'Events that the stream dropped by its bounds before this consumer saw them.',
    [],
  )
  gauge(registry, 'tidelock_notifications_waiting', 'Notifications that wait to be delivered.', [], (each) =>
    each.set(waiting()),
  )
  return {
    result: (type, result) => results.inc({ type, result }),
    took: (type, ms) => took.observe({ type }, ms / 1000),
    overtaken: (count) => overtaken.inc(count),
  }
}
