// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { systemClock } from '@tidelock/api'
import type { FluxEvent } from '@tidelock/api'
import { BusConnection, receive } from '@tidelock/bus'
import type { ReceiveOptions } from '@tidelock/bus'
import type { UpState } from '@tidelock/cli'

/** Everything that was ever on the bus of an `up`, as it comes, each once. */
export interface EventRecorder {
  readonly events: readonly FluxEvent[]
  stop(): Promise<void>
}

/** Reads the stream of events from its beginning. */
export function recordEvents({ natsUrl, natsSeedFile }: UpState): EventRecorder {
  const log = { debug: () => undefined, info: () => undefined, error: () => undefined }
  const shared = { log, random: Math.random }
  const connection = new BusConnection({ url: natsUrl, seedFile: natsSeedFile, name: 'e2e', ...shared })
  const events: FluxEvent[] = []
  const stopping = new AbortController()
  const seen = new Set<string>()
  // the server hands an event out again when it did not hear in time that it was taken
  const handle: ReceiveOptions['handle'] = async ({ id, event }) => {
    if (!seen.has(id)) events.push(event)
    seen.add(id)
    return { kind: 'done' }
  }
  const durable = `e2e-${randomBytes(4).toString('hex')}`
  const received = receive({ connection, durable, handle, clock: systemClock, ...shared }, stopping.signal)
  return {
    events,
    stop: async () => {
      stopping.abort()
      await received
      await connection.close()
    },
  }
}
