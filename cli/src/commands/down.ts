// SPDX-License-Identifier: Apache-2.0
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { dataPaths, defaultDataDir } from '../up/paths.ts'
import { isAlive, readState } from '../up/state-file.ts'

const timeoutMs = 60_000
const pollMs = 50

/** `tidelock down`: ends what `tidelock up` started on a data directory; its data stays. */
export function addDownCommand(program: Command, environment: Environment): void {
  program
    .command('down')
    .description('end a running `tidelock up`; its data stays for the next one')
    .option('--data <dir>', 'the data directory that it was started with')
    .action(async (flags: { data?: string }) => {
      const { env, home, cwd, err } = environment
      const dataDir = flags.data === undefined ? defaultDataDir(env, home) : resolve(cwd, flags.data)
      const state = await readState(dataPaths(dataDir).state)
      if (state === undefined)
        throw new CliError(
          'NotRunning',
          `nothing runs on ${dataDir}: give the --data that 'tidelock up' was started with`,
        )
      process.kill(state.pid, 'SIGTERM')
      const deadline = Date.now() + timeoutMs
      while (isAlive(state.pid)) {
        if (Date.now() > deadline)
          throw new CliError(
            'TimedOut',
            `process ${state.pid} did not end within ${timeoutMs / 1000} s; see ${state.logsDir}`,
          )
        await delay(pollMs, undefined, { signal: environment.signal })
      }
      err(`✔ ended; the data in ${dataDir} is kept\n`)
    })
}
