// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process'
import { sep } from 'node:path'
import { promisify } from 'node:util'
import type { DataPaths } from './paths.ts'

const run = promisify(execFile)

/**
 * Ends controllers that a killed `up` of this data directory left: they end by themselves, but in order and without their API
 * server that takes seconds, in which two would write to one storage. Call it with the data directory claimed, so that nobody's
 * living ones are meant.
 */
export async function endStrays({ controllers }: DataPaths): Promise<void> {
  // a system without ps has strays that end by themselves
  const { stdout } = await run('ps', ['-eo', 'pid=,args='], { maxBuffer: 1 << 26 }).catch(() => ({ stdout: '' }))
  for (const pid of straysIn(stdout, `${controllers}${sep}`)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch {
      // it ended meanwhile
    }
  }
}

/** Process ids of the lines `<pid> <command line>` that name a spool below the directory. */
export function straysIn(listing: string, directory: string): number[] {
  return listing
    .split('\n')
    .filter((line) => line.includes(`--spool-dir=${directory}`))
    .map((line) => Number.parseInt(line, 10))
}
