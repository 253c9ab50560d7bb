// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { BusError } from './errors.ts'
import { encodeFluxEvent } from './http-sink.ts'
import { BusConnection } from './nats-connection.ts'
import type { NatsOptions } from './nats-connection.ts'
import type { EventSink } from './sink.ts'
import { ensureStream } from './stream.ts'
import type { StreamSettings } from './stream.ts'
import { eventSubject } from './subject.ts'

/** Settings of the NATS sink. */
export interface NatsSinkOptions extends NatsOptions {
  /** Makes this stream when none takes the events. Absent: somebody else does, and events wait for it. */
  readonly stream?: StreamSettings
  /** Absent: `tidelock.events`. */
  readonly subjectPrefix?: string
}

/**
 * Publishes events to JetStream: header `Nats-Msg-Id` is the event's id, the body Flux's event JSON. An event is taken
 * when the stream has acknowledged it, also as a duplicate. Connects with the first event, never before.
 */
export function createNatsSink(options: NatsSinkOptions): EventSink {
  const connection = new BusConnection(options)
  const timeout = options.timeoutMs ?? 5000
  return {
    name: 'nats',
    concurrency: 128,
    async deliver(event, id) {
      const nats = await connection.get()
      const { jetstream } = await import('@nats-io/jetstream')
      const body = fit(event, nats.info?.max_payload)
      try {
        await jetstream(nats, { timeout }).publish(eventSubject(event, options.subjectPrefix), body, {
          msgID: id,
          timeout,
        })
      } catch (cause) {
        if (isNoStream(cause) && options.stream !== undefined) await ensureStream(connection, options.stream)
        throw new BusError('Unavailable', describe(cause), { cause })
      }
    },
    close: () => connection.close(),
  }
}

/** The body, with the message cut where it would be over the server's bound. */
function fit(event: FluxEvent, maxPayload: number | undefined): string {
  const body = encodeFluxEvent(event)
  const room = maxPayload === undefined ? Infinity : maxPayload - 1024
  const excess = Buffer.byteLength(body) - room
  if (excess <= 0) return body
  // a character of the message takes up to six bytes when it is escaped
  const kept = Math.max(0, event.message.length - excess - 16)
  return fit({ ...event, message: `${event.message.slice(0, kept)}...` }, kept === 0 ? undefined : maxPayload)
}

/** The client words a subject that no stream takes as JetStream being off. */
function isNoStream(error: unknown): boolean {
  return /no responders/i.test(errorMessage(error))
}

function describe(error: unknown): string {
  return isNoStream(error) ? 'no stream takes events: make one with ensureStream' : 'publishing an event to NATS'
}
