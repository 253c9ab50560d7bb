// SPDX-License-Identifier: Apache-2.0
// The kustomize controller as a process of its own that kills itself when a run of the object gets to a point for the n-th time.
import type { FaultPoint } from '@tidelock/runtime'
import { runKustomizeController } from '../src/index.ts'

const [point, times, name, ...argv] = process.argv.slice(2)
let left = Number(times)

await runKustomizeController(argv, process.env, new AbortController().signal, {
  faults: {
    reach: async (reached: FaultPoint, object) => {
      if (reached !== point || !object.endsWith(`/${name}`)) return
      left -= 1
      if (left === 0) process.kill(process.pid, 'SIGKILL')
    },
  },
})
