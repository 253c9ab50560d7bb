// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** A receiver of events: the bus, an HTTP address, the Kubernetes API. */
export interface EventSink {
  /** For logs and metrics, unique among the sinks of a publisher. */
  readonly name: string
  /** Deliveries in flight at the same time; those of one object always follow each other. Absent: 16. */
  readonly concurrency?: number
  /** Attempts for one event before it is given up, counted and reported. Absent: until it is taken. */
  readonly maxAttempts?: number
  /** Whether the event is meant for this sink at all. Absent: every event but those of severity `trace`. */
  accepts?(event: FluxEvent): boolean
  /**
   * Resolves when the receiver has taken the event for good. Throws a `BusError` with code `Rejected` when it never will;
   * any other error is tried again with backoff. May be called again with an event that had been delivered before.
   */
  deliver(event: FluxEvent, id: string, signal: AbortSignal): Promise<void>
  /** Releases connections. Absent: nothing to release. */
  close?(): Promise<void>
}
