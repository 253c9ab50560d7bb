// SPDX-License-Identifier: Apache-2.0
import type { JsMsg } from '@nats-io/jetstream'
import type { FluxEvent } from '@tidelock/api'

/** An event as a consumer gets it. */
export interface ReceivedEvent {
  /** Id of the event; the same when the event comes again. */
  readonly id: string
  readonly event: FluxEvent
  readonly subject: string
  /** Number in the stream. */
  readonly sequence: number
  /** How often it was handed out, this time included. */
  readonly deliveries: number
  /** When the stream took it, in milliseconds since the epoch. */
  readonly keptAtMs: number
}

/** The event in a message, undefined when it is none. */
export function decodeEvent(message: JsMsg): ReceivedEvent | undefined {
  try {
    const event = message.json<FluxEvent>()
    if (typeof event?.reason !== 'string' || typeof event.involvedObject !== 'object') return undefined
    const id = message.headers?.get('Nats-Msg-Id') || `${message.info.stream}/${message.seq}`
    const { deliveryCount: deliveries, timestampNanos } = message.info
    return {
      ...{ id, event, subject: message.subject, sequence: message.seq, deliveries },
      keptAtMs: Math.floor(timestampNanos / 1_000_000),
    }
  } catch {
    return undefined
  }
}
