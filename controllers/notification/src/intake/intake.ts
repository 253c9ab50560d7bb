// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Clock, FluxEvent } from '@tidelock/api'
import { BusConnection, createNatsSink, Publisher, receive, Spool } from '@tidelock/bus'
import type { EventSink, SpoolStats, StreamSettings } from '@tidelock/bus'
import { natsAccess, natsStream } from '@tidelock/runtime'
import type { Logger, Runnable } from '@tidelock/runtime'
import type { Submit } from '../dispatch/incoming.ts'
import type { OnStep } from '../dispatch/steps.ts'
import type { NotificationOptions } from '../options.ts'
import { SpoolSource } from './spool-source.ts'

/** Where events come in and where they are dispatched from. */
export interface Intake {
  /** Resolves when a posted event is on the bus or on disk. Throws BusError `SpoolFull` when too many wait. */
  accept(this: void, id: string, event: FluxEvent): Promise<void>
  /** What each instance runs. */
  readonly everywhere: Runnable
  /** What the leader alone runs; undefined without a bus. */
  readonly leader: Runnable | undefined
  close(): Promise<void>
}

/** Settings of the intake. */
export interface IntakeOptions {
  readonly options: NotificationOptions
  readonly submit: Submit
  readonly clock: Clock
  readonly random: () => number
  readonly log: Logger
  readonly onOvertaken: (count: number) => void
  readonly onBehind: (count: number) => void
  readonly onStep: OnStep
  /** Told once what posted events wait on the disk. */
  readonly onOpened: (stats: () => SpoolStats) => void
  /** The stream of events and the name of the consumer, where several share a server. Absent: the ones of an installation. */
  readonly bus?: { readonly stream: StreamSettings; readonly durable: string; readonly ackWaitMs?: number }
}

const name = 'notification-controller'

/** Opens the intake. Throws `SpoolUnusable` naming the directory. */
export async function openIntake(settings: IntakeOptions): Promise<Intake> {
  const { options, log } = settings
  const spool = await Spool.open({
    directory: join(options.spoolDir, 'intake'),
    maxBytes: options.spoolMaxBytes,
    // who was answered 202 was promised something; who is refused comes again
    whenFull: 'refuse',
    onOverflow: (report) => log.error({ ...report }, 'too many events wait, the oldest are lost'),
    onCorrupt: (report) => log.error({ ...report }, 'a file of the intake is damaged and was set aside'),
    onFault: (error) => log.error({ error }, 'the intake cannot be written, events are held in memory'),
  })
  settings.onOpened(() => spool.stats())
  return options.natsUrl === '' ? withoutBus(spool, settings) : withBus(spool, settings)
}

function withoutBus(spool: Spool, { submit, clock, onStep }: IntakeOptions): Intake {
  const source = new SpoolSource({ spool, submit, clock, onStep })
  return {
    accept: (id, event) => source.accept(id, event),
    everywhere: (signal) => source.run(signal),
    leader: undefined,
    close: () => spool.close(),
  }
}

function withBus(spool: Spool, settings: IntakeOptions): Intake {
  const { options, submit, clock, random, log, onOvertaken, onBehind, onStep, bus } = settings
  const nats = { ...natsAccess(options), name, log, random }
  const { stream = natsStream(options), durable = name, ackWaitMs } = bus ?? {}
  const prefix = stream.subjectPrefix === undefined ? {} : { subjectPrefix: stream.subjectPrefix }
  const sink = createNatsSink({ ...nats, stream, ...prefix })
  const publisher = new Publisher({ spool, sinks: [sink], clock, random, log })
  const connection = new BusConnection(nats)
  const direct = directly(sink, clock)
  return {
    accept: async (id, event) => {
      if (spool.stats().records === 0 && (await direct(id, event))) return onStep('accepted', id)
      const sequences = await publisher.put([{ id, event }])
      onStep('accepted', id)
      publisher.release(sequences)
    },
    everywhere: (signal) => publisher.run(signal),
    leader: (signal) =>
      receive(
        {
          ...{ connection, durable, log, clock, random, onOvertaken, onBehind, isWholeStream: true },
          ...(ackWaitMs === undefined ? {} : { ackWaitMs }),
          ...(stream.name === undefined ? {} : { stream: stream.name }),
          ...(stream.subjectPrefix === undefined ? {} : { subject: `${stream.subjectPrefix}.>` }),
          handle: ({ id, event, keptAtMs, deliveries }) => submit({ id, event, keptAtMs, attempt: deliveries }),
        },
        signal,
      ),
    close: async () => {
      await connection.close()
      await sink.close?.()
      await spool.close()
    },
  }
}

const directMs = 1000
const avoidedMs = 10_000

/**
 * Puts an event on the bus at once, so that nothing of it stands on this pod's disk when its sender is answered; false: the bus does not
 * take it soon, and for a while it is not tried again. An event that arrives late after all has the same id there.
 */
function directly(sink: EventSink, clock: Clock): (id: string, event: FluxEvent) => Promise<boolean> {
  let avoidUntil = 0
  return async (id, event) => {
    if (clock.monotonic() < avoidUntil) return false
    const ended = new AbortController()
    const delivering = sink.deliver(event, id, ended.signal).then(
      () => true,
      () => false,
    )
    const late = clock.sleep(directMs, ended.signal).then(
      () => false,
      () => false,
    )
    const isDelivered = await Promise.race([delivering, late])
    ended.abort()
    if (!isDelivered) avoidUntil = clock.monotonic() + avoidedMs
    return isDelivered
  }
}
