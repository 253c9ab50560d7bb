// SPDX-License-Identifier: Apache-2.0
// The notification controller as a process of its own, on a stream of its own, that tests kill, or that ends itself at KILL_AT with the
// event whose id begins with KILL_ID.
import { runNotificationController } from '../src/index.ts'

const [prefix = '', ...argv] = process.argv.slice(2)
const { KILL_AT: point, KILL_ID: victim = '' } = process.env
const end = (): void => void process.kill(process.pid, 'SIGKILL')

await runNotificationController(argv, process.env, new AbortController().signal, {
  bus: {
    stream: { name: `STREAM-${prefix}`, subjectPrefix: prefix, maxBytes: 1 << 24 },
    durable: prefix,
    ackWaitMs: 1000,
  },
  onStep: (step, id) => {
    if (point === undefined || !id.startsWith(victim)) return
    if (step === point) end()
    // the acknowledgement is on its way by then, or not
    if (step === 'settled' && point === 'acknowledged') setTimeout(end)
  },
})
