// SPDX-License-Identifier: Apache-2.0
import type { SpoolStats } from '@tidelock/bus'
import { counter, gauge, histogram } from '@tidelock/runtime'
import type { RuntimeMetrics } from '@tidelock/runtime'
import type { DeadLetters } from '../dead-letters/dead-letters.ts'

/** What became of an event for one Provider. */
type DispatchResult = 'delivered' | 'retried' | 'dead' | 'left-out'

/** Metrics of telling people. */
export interface DispatchMetrics {
  result(type: string, result: DispatchResult): void
  /** From the keeping of an event to its delivery. */
  took(type: string, ms: number): void
  /** Events that the stream dropped before they were seen here. */
  overtaken(count: number): void
  /** What waits on the disk of events that were posted here. */
  intake(stats: () => SpoolStats): void
  /** A posted event was refused because too many wait. */
  refused(): void
  /** Events that the stream has and this consumer has not seen. */
  behind(count: number): void
  /** What dead letters there are. */
  deadLetters(stats: DeadLetters['stats']): void
  /** A dead letter had to make room. */
  dropped(): void
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
  let stats: (() => SpoolStats) | undefined
  gauge(registry, 'tidelock_intake_records', 'Posted events that wait on disk.', [], (each) =>
    each.set(stats?.().records ?? 0),
  )
  gauge(registry, 'tidelock_intake_bytes', 'Space that posted events take on disk.', [], (each) =>
    each.set(stats?.().bytes ?? 0),
  )
  const refused = counter(
    registry,
    'tidelock_intake_refused_total',
    'Posted events that were refused because too many wait.',
    [],
  )
  const behind = gauge(
    registry,
    'tidelock_events_behind',
    'Events that the stream has for this consumer and it has not seen.',
    [],
  )
  const letters = letterMetrics(registry)
  gauge(registry, 'tidelock_notifications_waiting', 'Notifications that wait to be delivered.', [], (each) =>
    each.set(waiting()),
  )
  return {
    result: (type, result) => results.inc({ type, result }),
    took: (type, ms) => took.observe({ type }, ms / 1000),
    overtaken: (count) => overtaken.inc(count),
    behind: (count) => behind.set(count),
    intake: (read) => (stats = read),
    refused: () => refused.inc(),
    ...letters,
  }
}

function letterMetrics(registry: RuntimeMetrics['registry']): Pick<DispatchMetrics, 'deadLetters' | 'dropped'> {
  let stats: DeadLetters['stats'] | undefined
  gauge(registry, 'tidelock_dead_letters', 'Dead letters that are kept.', [], (each) =>
    each.set(stats?.().letters ?? 0),
  )
  gauge(registry, 'tidelock_dead_letters_bytes', 'Space that dead letters take on disk.', [], (each) =>
    each.set(stats?.().bytes ?? 0),
  )
  const dropped = counter(
    registry,
    'tidelock_dead_letters_dropped_total',
    'Dead letters that had to make room for newer ones.',
    [],
  )
  return { deadLetters: (read) => (stats = read), dropped: () => dropped.inc() }
}
