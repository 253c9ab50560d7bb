// SPDX-License-Identifier: Apache-2.0
// The kustomize controller as a process of its own that kills itself when a run of the object gets to a point for the n-th time.
// With a channel to its parent it asks there each time from then on, and waits to be killed or to be told to go on.
import { once } from 'node:events'
import type { FaultPoint } from '@tidelock/runtime'
import { runKustomizeController } from '../src/index.ts'

const [point, times, name, ...argv] = process.argv.slice(2)
let left = Number(times)

await runKustomizeController(argv, process.env, new AbortController().signal, {
  faults: {
    reach: async (reached: FaultPoint, object) => {
      if (reached !== point || !object.endsWith(`/${name}`)) return
      left -= 1
      if (left > 0) return
      if (process.send === undefined) process.kill(process.pid, 'SIGKILL')
      const answered = once(process, 'message')
      process.send?.(point)
      await answered
    },
  },
})
