// SPDX-License-Identifier: Apache-2.0
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findLockHolder } from '@tidelock/local-cluster'
import type { Command } from 'commander'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { createScreen } from '../output/screen.ts'
import { dataPaths, defaultDataDir } from '../up/paths.ts'
import type { DataPaths } from '../up/paths.ts'

const timeoutMs = 60_000
const pollMs = 50

/** `tidelock down`: ends what `tidelock up` started on a data directory, also one that is still starting; its data stays. */
export function addDownCommand(program: Command, environment: Environment): void {
  program
    .command('down')
    .description('end a running `tidelock up`; its data stays for the next one')
    .option('--data <dir>', 'the data directory that it was started with')
    .action(async (flags: { data?: string }) => {
      const { env, home, cwd, signal } = environment
      const paths = dataPaths(flags.data === undefined ? defaultDataDir(env, home) : resolve(cwd, flags.data))
      const screen = createScreen(environment)
      const pid = await findUp(paths)
      await screen.step('stopping', `stopped; the data in ${paths.root} is kept`, () => end(pid, paths, signal))
    })
}

async function findUp({ lock, root }: DataPaths): Promise<number> {
  const holder = await findLockHolder(lock)
  if (holder === undefined)
    throw new CliError('NotRunning', `nothing runs on ${root}: give the --data that 'tidelock up' was started with`)
  if (holder.host !== hostname())
    throw new CliError('NotRunning', `tidelock up runs on ${root} on another machine: call this on ${holder.host}`)
  return holder.pid
}

// The lock goes last; a process that is gone but that nobody has waited for keeps its id.
async function end(pid: number, paths: DataPaths, signal: AbortSignal): Promise<void> {
  process.kill(pid, 'SIGTERM')
  const deadline = Date.now() + timeoutMs
  while ((await findLockHolder(paths.lock))?.pid === pid) {
    if (Date.now() > deadline)
      throw new CliError('TimedOut', `process ${pid} did not end within ${timeoutMs / 1000} s; see ${paths.logs}`)
    await delay(pollMs, undefined, { signal })
  }
}
