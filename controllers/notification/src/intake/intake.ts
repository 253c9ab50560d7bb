// SPDX-License-Identifier: Apache-2.0
import { join } from 'node:path'
import type { Clock, FluxEvent } from '@tidelock/api'
import { BusConnection, createNatsSink, Publisher, receive, Spool } from '@tidelock/bus'
import type { StreamSettings } from '@tidelock/bus'
import { natsAccess, natsStream } from '@tidelock/runtime'
import type { Logger, Runnable } from '@tidelock/runtime'
import type { Submit } from '../dispatch/incoming.ts'
import type { OnStep } from '../dispatch/steps.ts'
import type { NotificationOptions } from '../options.ts'
import { SpoolSource } from './spool-source.ts'

/** Where events come in and where they are dispatched from. */
export interface Intake {
  /** Resolves when a posted event is on disk. */
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
  readonly onStep: OnStep
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
    onOverflow: (report) => log.error({ ...report }, 'too many events wait, the oldest are lost'),
    onCorrupt: (report) => log.error({ ...report }, 'a file of the intake is damaged and was set aside'),
    onFault: (error) => log.error({ error }, 'the intake cannot be written, events are held in memory'),
  })
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
  const { options, submit, clock, random, log, onOvertaken, onStep, bus } = settings
  const nats = { ...natsAccess(options), name, log, random }
  const { stream = natsStream(options), durable = name, ackWaitMs } = bus ?? {}
  const prefix = stream.subjectPrefix === undefined ? {} : { subjectPrefix: stream.subjectPrefix }
  const sink = createNatsSink({ ...nats, stream, ...prefix })
  const publisher = new Publisher({ spool, sinks: [sink], clock, random, log })
  const connection = new BusConnection(nats)
  return {
    accept: async (id, event) => {
      const sequences = await publisher.put([{ id, event }])
      onStep('accepted', id)
      publisher.release(sequences)
    },
    everywhere: (signal) => publisher.run(signal),
    leader: (signal) =>
      receive(
        {
          ...{ connection, durable, log, clock, random, onOvertaken },
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
