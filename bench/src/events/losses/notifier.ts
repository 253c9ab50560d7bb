// SPDX-License-Identifier: Apache-2.0
// The notification controller, with so many steps to live.
import { runNotificationController } from '@tidelock/notification-controller'
import { createDoom } from './doom.ts'

const [life = '0', ...argv] = process.argv.slice(2)
const doom = createDoom(Number(life))
await runNotificationController(argv, process.env, new AbortController().signal, {
  // an event that a dead process held comes again soon: the figure is not how soon, but how often
  bus: { stream: {}, durable: 'notification-controller', ackWaitMs: 2000 },
  onStep: (step) => doom(step),
})
