// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** An event on its way out, as it stands in the spool. */
export interface EventRecord {
  /** Stable id of the event, see `eventId`. The same id is the same event, however often it is delivered. */
  readonly id: string
  readonly event: FluxEvent
  /** What told this run of the reconciler from the others; part of the id, kept so that a run cut short can be continued. */
  readonly transition?: string
  /** `resourceVersion` of the involved object before the status patch that says what the event says; absent: unknown. */
  readonly base?: string
  /** Sequences of records whose place it takes, in case that the process dies before it can take them out itself. */
  readonly replaces?: readonly number[]
}

/** A record with its place in the spool. */
export interface StoredRecord extends EventRecord {
  /** Grows with every record of one spool directory, across restarts. */
  readonly sequence: number
}

/** What a message of the bus' own log functions may carry. Pino's loggers fit. */
export interface BusLog {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  error(fields: object, message: string): void
}
