// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findLockHolder } from '@tidelock/local-cluster'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { lifelineVariable } from '../lifeline.ts'
import type { Screen } from '../output/screen.ts'
import { alreadyRunning, makeDataDir } from './claim.ts'
import { dataPaths } from './paths.ts'
import { readState } from './state-file.ts'
import type { UpState } from './state-file.ts'

const pollMs = 100

/**
 * Runs this same command again without `--detach`, in the background, and returns when all is up. What it notes meanwhile is shown;
 * when the signal aborts before all is up, it ends.
 */
export async function startDetached(
  dataDir: string,
  { env, signal }: Environment,
  screen: Screen,
  onUp: (state: UpState) => void,
): Promise<void> {
  const paths = dataPaths(dataDir)
  await makeDataDir(paths)
  const holder = await findLockHolder(paths.lock)
  if (holder !== undefined) throw alreadyRunning(dataDir, `process ${holder.pid} on ${holder.host}`)
  const logPath = join(dataDir, 'up.log')
  const child = await spawnAgain(logPath, env)
  const ended = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
  const stop = (): void => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  let shown = 0
  for (;;) {
    const isOver = await Promise.race([ended, delay(pollMs, false as const)])
    const state = isOver ? undefined : await readState(paths)
    shown = await showNotes(logPath, shown, screen)
    signal.throwIfAborted()
    if (isOver) {
      for (const line of afterFailure(await readFile(logPath, 'utf8'))) screen.line(line)
      throw new CliError('StartFailed', `tidelock up ended early; its output is in ${logPath}`)
    }
    if (state === undefined) continue
    signal.removeEventListener('abort', stop)
    child.unref()
    return onUp(state)
  }
}

async function spawnAgain(logPath: string, env: Environment['env']): Promise<ChildProcess> {
  await using log = await open(logPath, 'w', 0o600)
  // it outlives us, and so whoever holds our life line
  const { [lifelineVariable]: _, ...rest } = env
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach')
  return spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: rest,
  })
}

async function showNotes(logPath: string, shown: number, screen: Screen): Promise<number> {
  const text = await readFile(logPath, 'utf8')
  const end = Math.max(shown, text.lastIndexOf('\n') + 1)
  for (const line of text.slice(shown, end).split('\n')) if (/^[►✔✗] /.test(line)) screen.line(line)
  return end
}

/** What a failure that a command ended with says below its first line, such as the end of a controller's log. */
export function afterFailure(output: string): string[] {
  const lines = output.trimEnd().split('\n')
  const last = lines.findLastIndex((line) => line.startsWith('✗ '))
  return last < 0 ? [] : lines.slice(last + 1)
}
