// SPDX-License-Identifier: Apache-2.0
import type { JsMsg } from '@nats-io/jetstream'
import type { Clock, FluxEvent } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import { backoffMs } from './backoff.ts'
import type { BusConnection } from './nats-connection.ts'
import type { BusLog } from './record.ts'
import { eventStreamName } from './stream.ts'
import { eventSubjectPrefix } from './subject.ts'

/** An event as a consumer gets it. */
export interface ReceivedEvent {
  /** Id of the event; remembered, so that a handler sees each id once while the process lives. */
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

/** Settings of a durable consumer. */
export interface ConsumeOptions {
  readonly connection: BusConnection
  /** Name under which the server remembers how far this consumer is. */
  readonly durable: string
  /** Throws to get the event again later. */
  readonly handle: (event: ReceivedEvent, signal: AbortSignal) => Promise<void>
  readonly log: BusLog
  readonly clock: Clock
  readonly random: () => number
  /** Absent: `TIDELOCK_EVENTS`. */
  readonly stream?: string
  /** Absent: every event. */
  readonly subject?: string
  /** Time to handle one event before the server hands it out again. Absent: 30 s. */
  readonly ackWaitMs?: number
  /** Ids kept in memory against duplicates. Absent: 10,000. */
  readonly rememberIds?: number
}

/** Handles events one after the other until the signal aborts; survives an absent server and an absent stream. */
export async function consume(options: ConsumeOptions, signal: AbortSignal): Promise<void> {
  const seen = new Set<string>()
  for (let failures = 0; !signal.aborted;) {
    try {
      await consumeOnce(options, seen, signal, () => (failures = 0))
    } catch (error) {
      failures++
      const fields = { durable: options.durable, error: redact(errorMessage(error)) }
      options.log.error(fields, 'events cannot be consumed')
    }
    const delayMs = backoffMs(Math.max(1, failures), { baseMs: 500, maxMs: 30_000 }, options.random)
    await options.clock.sleep(delayMs, signal).catch(() => undefined)
  }
}

async function consumeOnce(
  options: ConsumeOptions,
  seen: Set<string>,
  signal: AbortSignal,
  started: () => void,
): Promise<void> {
  const { connection, durable, stream = eventStreamName, subject = `${eventSubjectPrefix}.>` } = options
  const { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } = await import('@nats-io/jetstream')
  const nats = await connection.get()
  const manager = await jetstreamManager(nats)
  await manager.consumers.add(stream, {
    durable_name: durable,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: (options.ackWaitMs ?? 30_000) * 1_000_000,
  })
  const consumer = await jetstream(nats).consumers.get(stream, durable)
  const messages = await consumer.consume({ max_messages: 64 })
  const stop = (): void => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  try {
    if (signal.aborted) return
    started()
    for await (const message of messages) await handleOne(options, seen, message, signal)
  } finally {
    signal.removeEventListener('abort', stop)
    await messages.close()
  }
}

async function handleOne(
  options: ConsumeOptions,
  seen: Set<string>,
  message: JsMsg,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return message.nak()
  const received = decode(message)
  if (received === undefined) {
    options.log.error({ subject: message.subject, sequence: message.seq }, 'event cannot be read and is passed over')
    return message.term('not an event')
  }
  if (seen.has(received.id)) return message.ack()
  try {
    await options.handle(received, signal)
    remember(seen, received.id, options.rememberIds ?? 10_000)
    message.ack()
  } catch (error) {
    options.log.error({ event: received.id, error: redact(errorMessage(error)) }, 'event not handled, it comes again')
    message.nak(backoffMs(received.deliveries, { baseMs: 500, maxMs: 60_000 }, options.random))
  }
}

/** The event in a message, undefined when it is none. */
export function decode(message: JsMsg): ReceivedEvent | undefined {
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

function remember(seen: Set<string>, id: string, limit: number): void {
  seen.add(id)
  for (const oldest of seen) {
    if (seen.size <= limit) break
    seen.delete(oldest)
  }
}
