// SPDX-License-Identifier: Apache-2.0
// The kustomize controller as a process of its own that kills itself the first time that a run of the object gets to a point.
import type { FaultPoint } from '@tidelock/runtime'
import { runKustomizeController } from '../src/index.ts'

const [point, name, ...argv] = process.argv.slice(2)

await runKustomizeController(argv, process.env, new AbortController().signal, {
  faults: {
    reach: async (reached: FaultPoint, object) => {
      if (reached === point && object.endsWith(`/${name}`)) process.kill(process.pid, 'SIGKILL')
    },
  },
})
