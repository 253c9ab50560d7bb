// SPDX-License-Identifier: Apache-2.0
import { BusError } from './errors.ts'
import type { BusConnection } from './nats-connection.ts'
import { decodeEvent } from './received-event.ts'
import type { ReceivedEvent } from './received-event.ts'
import { eventStreamName, requestTimeoutMs } from './stream.ts'
import { eventSubjectPrefix } from './subject.ts'

/** Which events of the past. */
export interface HistoryOptions {
  readonly connection: BusConnection
  /** Absent: `TIDELOCK_EVENTS`. */
  readonly stream?: string
  /** Absent: every event. */
  readonly subject?: string
  /** Events kept since then, in milliseconds since the epoch. Absent: all that the stream has. */
  readonly sinceMs?: number
  /** Go on with new ones until the signal aborts. */
  readonly follow?: boolean
  readonly signal: AbortSignal
}

/**
 * The events that the stream keeps, oldest first, as they were published: the server remembers nothing of this reader, so it takes
 * nothing from any consumer. Ends at what was newest at the start, or with the signal. Throws BusError `Unavailable` without a server
 * or stream.
 */
export async function* readHistory(options: HistoryOptions): AsyncGenerator<ReceivedEvent, void, void> {
  const { connection, stream = eventStreamName, subject = `${eventSubjectPrefix}.>`, sinceMs, follow, signal } = options
  const { DeliverPolicy, jetstream } = await import('@nats-io/jetstream')
  const nats = await connection.get()
  const start =
    sinceMs === undefined
      ? { deliver_policy: DeliverPolicy.All }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: new Date(sinceMs).toISOString() }
  const consumer = await jetstream(nats, { timeout: requestTimeoutMs })
    .consumers.get(stream, { filter_subjects: subject, ...start })
    .catch((cause: unknown) => {
      throw new BusError('Unavailable', `stream ${stream} cannot be read`, { cause })
    })
  const { num_pending: pending } = await consumer.info(true)
  if (pending === 0 && follow !== true) return
  const messages = await consumer.consume()
  const stop = (): void => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) return
    let left = pending
    for await (const message of messages) {
      const received = decodeEvent(message)
      if (received !== undefined) yield received
      if (--left <= 0 && follow !== true) return
    }
  } finally {
    signal.removeEventListener('abort', stop)
    await messages.close()
  }
}
