// SPDX-License-Identifier: Apache-2.0
import type { DeliveryResult, SpoolStats } from '@tidelock/bus'
import type { Registry } from 'prom-client'
import { counter, gauge } from './metrics-kinds.ts'

/** Metrics of the way of events out of the process. */
export interface EventMetrics {
  delivery(sink: string, result: DeliveryResult): void
  spool(stats: () => SpoolStats): void
}

/** Registers `tidelock_event_*`. */
export function createEventMetrics(registry: Registry): EventMetrics {
  const deliveries = counter(registry, 'tidelock_event_deliveries_total', deliveriesHelp, ['sink', 'result'])
  let read: (() => SpoolStats) | undefined
  const fromSpool = (name: string, help: string, of: (stats: SpoolStats) => number): void => {
    gauge(registry, name, help, [], (self) => {
      if (read !== undefined) self.set(of(read()))
    })
  }
  fromSpool('tidelock_event_spool_records', 'Events on disk that some receiver has not taken yet.', (s) => s.records)
  fromSpool('tidelock_event_spool_bytes', 'Space that the event spool takes on disk.', (s) => s.bytes)
  fromSpool(
    'tidelock_event_spool_dropped',
    'Events lost because the spool was full, since the start.',
    (s) => s.dropped,
  )
  fromSpool('tidelock_event_spool_corrupt', 'Damaged spool files found at the start.', (s) => s.corrupt)
  fromSpool('tidelock_event_spool_faults', 'Failed writes of the event spool, since the start.', (s) => s.faults)
  return {
    delivery: (sink, result) => deliveries.inc({ sink, result }),
    spool(stats) {
      read = stats
    },
  }
}

const deliveriesHelp = 'Deliveries of events, by receiver and result (delivered, retried, rejected, given-up).'
