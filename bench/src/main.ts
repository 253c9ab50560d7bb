// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { join } from 'node:path'
import { errorMessage, redact } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { parseOptions } from './options.ts'
import { runCommand } from './run.ts'

const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => stopping.abort(new Error(`ended by ${name}`)))
}

const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
try {
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: run it on Linux')
  await runCommand(parseOptions(process.argv.slice(2), process.cwd()), {
    env: process.env,
    cacheDir: TIDELOCK_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidelock'),
    out: (text) => void process.stdout.write(text),
    onProgress: (line) => void process.stderr.write(`► ${line}\n`),
    signal: stopping.signal,
  })
  process.exit(0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  console.error(`✗ ${redact(errorMessage(error))}`)
  process.exit(stopping.signal.aborted ? 130 : 1)
}
