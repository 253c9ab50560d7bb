// SPDX-License-Identifier: Apache-2.0
import { BusError } from './errors.ts'
import type { BusConnection } from './nats-connection.ts'
import { eventSubjectPrefix } from './subject.ts'

/** What a stream keeps. */
export interface StreamSettings {
  /** Absent: `TIDELOCK_EVENTS`. */
  readonly name?: string
  /** Absent: 72 h. */
  readonly maxAgeMs?: number
  /** Absent: 1 GiB. The oldest events go first. */
  readonly maxBytes?: number
  /** Servers of a cluster that each hold all of it. Absent: 1. */
  readonly replicas?: number
  /** How long the stream knows the id of an event that comes twice. Absent: 10 min. */
  readonly duplicateWindowMs?: number
  /** Absent: `tidelock.events`. */
  readonly subjectPrefix?: string
}

/** Name of the stream that holds all events, unless told otherwise. */
export const eventStreamName = 'TIDELOCK_EVENTS'

const nanosPerMs = 1_000_000
/** How long JetStream may take to answer a request about streams and consumers: replicas may be slow to agree. */
export const requestTimeoutMs = 15_000

/**
 * Makes the stream, or brings its bounds to the settings. Needs the right to manage streams.
 * Throws `StreamConflict` when the server refuses (another stream has the subjects), `Unavailable` without a server.
 */
export async function ensureStream(connection: BusConnection, settings: StreamSettings = {}): Promise<void> {
  const { name = eventStreamName, subjectPrefix = eventSubjectPrefix } = settings
  const { maxAgeMs = 72 * 3_600_000, maxBytes = 2 ** 30, duplicateWindowMs = 600_000, replicas = 1 } = settings
  const { DiscardPolicy, JetStreamApiError, JetStreamApiCodes, jetstreamManager } = await import('@nats-io/jetstream')
  const wanted = {
    subjects: [`${subjectPrefix}.>`],
    description: 'Events of all controllers',
    discard: DiscardPolicy.Old,
    max_age: maxAgeMs * nanosPerMs,
    max_bytes: maxBytes,
    duplicate_window: Math.min(duplicateWindowMs, maxAgeMs) * nanosPerMs,
    allow_direct: true,
    num_replicas: replicas,
  }
  try {
    const manager = await jetstreamManager(await connection.get(), { timeout: requestTimeoutMs })
    try {
      await manager.streams.info(name)
      await manager.streams.update(name, wanted)
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== JetStreamApiCodes.StreamNotFound) throw error
      await manager.streams.add({ name, ...wanted })
    }
  } catch (cause) {
    if (cause instanceof BusError) throw cause
    const code = cause instanceof JetStreamApiError ? 'StreamConflict' : 'Unavailable'
    throw new BusError(code, `stream ${name} cannot be made`, { cause })
  }
}
