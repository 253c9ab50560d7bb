// SPDX-License-Identifier: Apache-2.0
import { spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Environment } from '../environment.ts'
import { CliError } from '../errors.ts'
import { dataPaths } from './paths.ts'
import { readState } from './state-file.ts'
import type { UpState } from './state-file.ts'

const pollMs = 100

/** Runs this same command again without `--detach`, in the background, and returns when all is up. */
export async function startDetached(
  dataDir: string,
  environment: Environment,
  onUp: (state: UpState) => void,
): Promise<void> {
  const paths = dataPaths(dataDir)
  if ((await readState(paths.state)) !== undefined) {
    throw new CliError(
      'AlreadyRunning',
      `tidelock up runs already on ${dataDir}: end it with 'tidelock down --data ${dataDir}', or give another --data`,
    )
  }
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  const logPath = `${dataDir}/up.log`
  const log = await open(logPath, 'w', 0o600)
  const args = process.argv.slice(1).filter((argument) => argument !== '--detach')
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
    env: process.env,
  })
  await log.close()
  const ended = new Promise<true>((resolve) => child.once('exit', () => resolve(true)))
  child.unref()
  let shown = 0
  for (;;) {
    const over = await Promise.race([ended, delay(pollMs, false as const, { signal: environment.signal })])
    shown = await showProgress(logPath, shown, environment)
    if (over) throw new CliError('StartFailed', `tidelock up ended early; its output is in ${logPath}`)
    const state = await readState(paths.state)
    if (state !== undefined) return onUp(state)
  }
}

async function showProgress(logPath: string, shown: number, { err }: Environment): Promise<number> {
  const text = await readFile(logPath, 'utf8')
  const end = text.lastIndexOf('\n') + 1
  for (const line of text.slice(shown, Math.max(shown, end)).split('\n'))
    if (line.startsWith('► ') || line.startsWith('✗ ')) err(`${line}\n`)
  return Math.max(shown, end)
}
