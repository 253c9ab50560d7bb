// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { eventually } from '@tidelock/testkit'

const run = promisify(execFile)

/** A process of this machine. */
export interface RunningProcess {
  readonly pid: number
  readonly command: string
}

/** Waits until no process names the directory: what a server started for a request may end a moment after it. */
export function untilNoProcess(directory: string): Promise<void> {
  return eventually(async () => {
    const left = await processesOf(directory)
    if (left.length > 0) throw new Error(`still running: ${left.map(({ command }) => command).join('; ')}`)
  })
}

/** The processes whose command line names the directory, `tidelock` commands among them. */
export async function processesOf(directory: string): Promise<RunningProcess[]> {
  const { stdout } = await run('ps', ['-eo', 'pid=,args='], { maxBuffer: 1 << 26 })
  return stdout
    .split('\n')
    .map((line) => /^\s*(?<pid>\d+) (?<command>.*)$/.exec(line)?.groups)
    .filter((found) => found?.['command']?.includes(directory) === true)
    .map((found) => ({ pid: Number(found?.['pid']), command: found?.['command'] ?? '' }))
}
