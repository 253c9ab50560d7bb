// SPDX-License-Identifier: Apache-2.0
import { writeSync } from 'node:fs'

/** Ends this process by SIGKILL at the step after `steps` others, and says on stdout which it was. 0: never. */
export function createDoom(steps: number): (step: string) => void {
  let left = steps
  return (step) => {
    if (left === 0 || --left > 0) return
    writeSync(1, `${step}\n`)
    process.kill(process.pid, 'SIGKILL')
  }
}
