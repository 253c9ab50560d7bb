// SPDX-License-Identifier: Apache-2.0
// Reports events as a controller does, with so many steps to live: into the spool, into the status (a file here), out to the bus.
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tidelock/api'
import { createNatsSink, Publisher, Spool } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'
import { eventAt } from '../events.ts'
import { createDoom } from './doom.ts'

const [life = '0', settings = '{}'] = process.argv.slice(2)
/** Events `from` (included) to `to` (not included) are this producer's. */
const { directory, natsUrl, seedFile, namespace, name, from, to, rate } = JSON.parse(settings) as {
  readonly [key in 'directory' | 'natsUrl' | 'seedFile' | 'namespace' | 'name']: string
} & { readonly [key in 'from' | 'to' | 'rate']: number }
const reach = createDoom(Number(life))
const log = { debug: () => undefined, info: () => undefined, error: () => undefined }
const broken = (report: unknown): never => {
  throw new Error(`the spool: ${JSON.stringify(report)}`)
}

const nats = createNatsSink({ url: natsUrl, seedFile, name, log, random: Math.random, stream: {} })
const sink: EventSink = {
  ...nats,
  async deliver(event, id, signal) {
    reach('publishing')
    await nats.deliver(event, id, signal)
    reach('acknowledged')
  },
}
const bounds = { maxBytes: 64 << 20, onOverflow: broken, onCorrupt: broken, onFault: broken }
const spool = await Spool.open({ directory: join(directory, 'spool'), ...bounds })
const publisher = new Publisher({ spool, sinks: [sink], clock: systemClock, random: Math.random, log })
const never = new AbortController().signal
void publisher.run(never)

const status = openSync(join(directory, 'status'), 'a+')
let most = { records: 0, bytes: 0 }
const startedAt = readSaid()
const startedMs = performance.now()
for (let next = startedAt; next < to;) {
  const due = Math.min(to, startedAt + Math.ceil(((performance.now() - startedMs) / 1000) * rate))
  const records = []
  for (; next < due; next++) records.push({ id: `${name}-${next}`, event: eventAt(next, Date.now(), namespace) })
  if (records.length > 0) {
    const sequences = await publisher.put(records)
    reach('spooled')
    writeSync(status, `${next}\n`)
    reach('said')
    publisher.release(sequences)
    reach('released')
  }
  const { records: count, bytes } = spool.stats()
  if (count > most.records) most = { records: count, bytes }
  await sleep(10)
}
while (!(await publisher.drained(never))) await sleep(100)
await spool.close()
closeSync(status)
process.stdout.write(JSON.stringify(most))
process.exit()

/** The first event that the status does not speak of. */
function readSaid(): number {
  const buffer = Buffer.alloc(64)
  const { size } = fstatSync(status)
  const length = readSync(status, buffer, 0, buffer.length, Math.max(0, size - buffer.length))
  return Number(buffer.subarray(0, length).toString('utf8').trim().split('\n').at(-1) || from)
}
