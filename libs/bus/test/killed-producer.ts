// SPDX-License-Identifier: Apache-2.0
// Reports events as a controller does, and ends itself at a step with the last of them. Started by kill-points.api.test.ts.
import { access, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@tidelock/api'
import { createNatsSink, Publisher, Spool } from '@tidelock/bus'
import type { EventSink } from '@tidelock/bus'

const [directory = '', url = '', seedFile = '', subjectPrefix = '', list = '', killAt = ''] = process.argv.slice(2)
const ids = list.split(',')
const log = { debug: () => undefined, info: () => undefined, error: () => undefined }
const note = (report: unknown): never => {
  throw new Error(`unexpected: ${JSON.stringify(report)}`)
}
const reach = (step: string, id: string | undefined = ids.at(-1)): void => {
  if (step === killAt && id === ids.at(-1)) process.kill(process.pid, 'SIGKILL')
}

const nats = createNatsSink({
  url,
  seedFile,
  name: 'producer',
  log,
  random: Math.random,
  timeoutMs: 30_000,
  subjectPrefix,
})
const sink: EventSink = {
  ...nats,
  async deliver(event, id, signal) {
    reach('publishing', id)
    await nats.deliver(event, id, signal)
    reach('acknowledged', id)
  },
}
const options = { maxBytes: 1 << 20, onOverflow: note, onCorrupt: note, onFault: note }
const spool = await Spool.open({ directory: join(directory, 'spool'), ...options })
const publisher = new Publisher({ spool, sinks: [sink], clock: systemClock, random: Math.random, log })
const stop = new AbortController()
const running = publisher.run(stop.signal)

for (const id of ids) {
  // what the status says is in a file here: a run that did not come so far is made again
  const status = join(directory, id)
  const isSaid = await access(status).then(
    () => true,
    () => false,
  )
  if (!isSaid) await report(id, status)
}
while (!(await publisher.drained(new AbortController().signal))) await systemClock.sleep(100, stop.signal)
await spool.close()
reach('removed')
stop.abort()
await running
await nats.close?.()

async function report(id: string, status: string): Promise<void> {
  reach('begun', id)
  const event = {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name: 'app', uid: 'uid' },
    severity: 'info' as const,
    ...{ timestamp: '2026-01-01T00:00:00Z', message: id, reason: 'Progressing' },
    reportingController: 'kustomize-controller',
  }
  const sequences = await publisher.put([{ id, event }])
  reach('spooled', id)
  await writeFile(status, '')
  reach('said', id)
  publisher.release(sequences)
  reach('released', id)
}
