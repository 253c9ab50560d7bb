// SPDX-License-Identifier: Apache-2.0
// The source controller as a process of its own that kills itself the first time that it gets to a point of a run.
import type { FaultPoint } from '@tidelock/runtime'
import { runSourceController } from '../src/index.ts'

const [point, ...argv] = process.argv.slice(2)

await runSourceController(argv, process.env, new AbortController().signal, {
  faults: {
    reach: async (reached: FaultPoint) => {
      if (reached === point) process.kill(process.pid, 'SIGKILL')
    },
  },
})
