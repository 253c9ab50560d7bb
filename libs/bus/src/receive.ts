// SPDX-License-Identifier: Apache-2.0
import { setImmediate as othersFirst } from 'node:timers/promises'
import type { JsMsg } from '@nats-io/jetstream'
import type { Clock } from '@tidelock/api'
import { errorMessage, redact } from '@tidelock/errors'
import { backoffMs } from './backoff.ts'
import type { BusConnection } from './nats-connection.ts'
import type { BusLog } from './record.ts'
import { decodeEvent } from './received-event.ts'
import type { ReceivedEvent } from './received-event.ts'
import { eventStreamName } from './stream.ts'
import { eventSubjectPrefix } from './subject.ts'

/** What became of an event: it is dealt with, or it shall come again after a time. */
export type Receipt = { readonly kind: 'done' } | { readonly kind: 'later'; readonly afterMs: number }

/** Settings of a durable consumer that handles many events at the same time. */
export interface ReceiveOptions {
  readonly connection: BusConnection
  /** Name under which the server remembers what this consumer has acknowledged. */
  readonly durable: string
  /** May take as long as it likes: the server is told that the event is being worked on. A throw counts as `later`. */
  readonly handle: (event: ReceivedEvent) => Promise<Receipt>
  readonly log: BusLog
  readonly clock: Clock
  readonly random: () => number
  /** Absent: `TIDELOCK_EVENTS`. */
  readonly stream?: string
  /** Absent: every event. */
  readonly subject?: string
  /** Whether nothing but what the subject takes in is on the stream: only then a gap is a loss. Absent: where no subject is given. */
  readonly isWholeStream?: boolean
  /** Time without a sign of life after which the server hands an event out again. Absent: 30 s. */
  readonly ackWaitMs?: number
  /** Events handled at the same time. Absent: 32,768. */
  readonly maxUnderWay?: number
  /** Events that are not acknowledged, those that shall come later included, before the server hands out no more. Absent: 100,000. */
  readonly maxUnacknowledged?: number
  /** Called when the stream has dropped events, by age or size, before they were handed out. */
  readonly onOvertaken?: (count: number) => void
  /** Called with each event: how many more the stream has for this consumer. */
  readonly onBehind?: (count: number) => void
}

const stopMs = 2000
/** So many that are here already are taken in one go. */
const atOnce = 16

/** Handles events until the signal aborts; survives an absent server and an absent stream. What is not dealt with then comes again. */
export async function receive(options: ReceiveOptions, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await receiveOnce(options, signal, () => (failures = 0))
    } catch (error) {
      failures++
      const fields = { durable: options.durable, error: redact(errorMessage(error)) }
      options.log.error(fields, 'events cannot be received')
    }
    const delayMs = backoffMs(Math.max(1, failures), { baseMs: 500, maxMs: 30_000 }, options.random)
    await options.clock.sleep(delayMs, signal).catch(() => undefined)
  }
}

async function receiveOnce(options: ReceiveOptions, signal: AbortSignal, started: () => void): Promise<void> {
  const { connection, durable, stream = eventStreamName, subject = `${eventSubjectPrefix}.>`, clock } = options
  const { ackWaitMs = 30_000, maxUnderWay = 32_768, maxUnacknowledged = 100_000 } = options
  const { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } = await import('@nats-io/jetstream')
  const nats = await connection.get()
  // without the check no further right is needed
  const manager = await jetstreamManager(nats, { checkAPI: false })
  await manager.consumers.add(stream, {
    durable_name: durable,
    filter_subject: subject,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    ack_wait: ackWaitMs * 1_000_000,
    max_ack_pending: maxUnacknowledged,
  })
  const consumer = await jetstream(nats).consumers.get(stream, durable)
  const { delivered } = await consumer.info()
  const underWay = new UnderWay(options, delivered.stream_seq, options.isWholeStream ?? options.subject === undefined)
  const messages = await consumer.consume({ max_messages: 512 })
  const stop = (): void => void messages.close()
  signal.addEventListener('abort', stop, { once: true })
  let cancelWorking = (): void => undefined
  const sayWorking = (): void => {
    underWay.working()
    cancelWorking = clock.setTimeout(sayWorking, ackWaitMs / 3)
  }
  cancelWorking = clock.setTimeout(sayWorking, ackWaitMs / 3)
  try {
    if (signal.aborted) return
    started()
    let taken = 0
    for await (const message of messages) {
      underWay.take(message)
      // a backlog would else keep answers of services waiting, which a kill then makes repetitions
      if (++taken % atOnce === 0) await othersFirst()
      if (underWay.size >= maxUnderWay) await underWay.room()
    }
  } finally {
    signal.removeEventListener('abort', stop)
    cancelWorking()
    await messages.close()
    await underWay.end(stopMs)
  }
}

/** The messages that are being handled. */
class UnderWay {
  readonly #options: ReceiveOptions
  readonly #messages = new Set<JsMsg>()
  readonly #watchesGaps: boolean
  #last: number
  #waiting: (() => void)[] = []

  constructor(options: ReceiveOptions, last: number, watchesGaps: boolean) {
    this.#options = options
    this.#last = last
    this.#watchesGaps = watchesGaps
  }

  get size(): number {
    return this.#messages.size
  }

  take(message: JsMsg): void {
    const { log, onBehind } = this.#options
    this.#watch(message)
    onBehind?.(message.info.pending)
    const received = decodeEvent(message)
    if (received === undefined) {
      log.error({ subject: message.subject, sequence: message.seq }, 'event cannot be read and is passed over')
      return message.term('not an event')
    }
    this.#messages.add(message)
    void this.#handle(message, received)
  }

  /** Resolves when one more was dealt with. */
  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  working(): void {
    for (const message of this.#messages) message.working()
  }

  /** Waits a moment for what is under way; the rest is handed back, so that it comes again at once. */
  async end(withinMs: number): Promise<void> {
    const { clock } = this.#options
    const deadline = clock.monotonic() + withinMs
    while (this.#messages.size > 0 && clock.monotonic() < deadline) {
      let cancel = (): void => undefined
      const timeout = new Promise<void>((resolve) => {
        cancel = clock.setTimeout(resolve, Math.max(1, deadline - clock.monotonic()))
      })
      await Promise.race([this.room(), timeout])
      cancel()
    }
    for (const message of this.#messages) message.nak()
    this.#messages.clear()
  }

  async #handle(message: JsMsg, received: ReceivedEvent): Promise<void> {
    const { handle, log } = this.#options
    let receipt: Receipt
    try {
      receipt = await handle(received)
    } catch (error) {
      log.error({ event: received.id, error: redact(errorMessage(error)) }, 'event not handled, it comes again')
      receipt = { kind: 'later', afterMs: 5000 }
    }
    // handed back already
    if (!this.#messages.delete(message)) return
    if (receipt.kind === 'done') message.ack()
    else message.nak(receipt.afterMs)
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #watch(message: JsMsg): void {
    if (!this.#watchesGaps || message.info.deliveryCount > 1 || message.seq <= this.#last) return
    const missed = message.seq - this.#last - 1
    // the first one of all: what was dropped before this consumer existed was not for it
    if (missed > 0 && this.#last > 0) {
      this.#options.log.error(
        { durable: this.#options.durable, missed },
        'the stream dropped events before they were seen',
      )
      this.#options.onOvertaken?.(missed)
    }
    this.#last = message.seq
  }
}
