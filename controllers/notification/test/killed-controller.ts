// SPDX-License-Identifier: Apache-2.0
// The notification controller as a process of its own, on a stream of its own, that tests kill.
import { runNotificationController } from '../src/index.ts'

const [prefix = '', ...argv] = process.argv.slice(2)

await runNotificationController(argv, process.env, new AbortController().signal, {
  bus: {
    stream: { name: `STREAM-${prefix}`, subjectPrefix: prefix, maxBytes: 1 << 24 },
    durable: prefix,
    ackWaitMs: 1000,
  },
})
