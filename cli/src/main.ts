#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { codeOf, errorMessage, redact } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { wantsColors } from './environment.ts'
import { exitCodeOf } from './errors.ts'
import { watchLifeline } from './lifeline.ts'
import { createProgram } from './program.ts'

const stopping = new AbortController()
const stop = (why: string): void => {
  // a second one does not wait for an orderly end
  if (stopping.signal.aborted) process.exit(130)
  stopping.abort(new Error(`ended by ${why}`))
}
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, () => stop(name))
watchLifeline(process.env, () => stop('its parent'))
// whoever read the output has enough of it; notes may get lost with the terminal
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
process.stderr.on('error', () => undefined)

const { env, stderr, stdout } = process
const [node = '', entry = ''] = process.argv
const program = createProgram({
  env,
  home: homedir(),
  cwd: process.cwd(),
  self: entry.endsWith('.ts') ? [node, ...process.execArgv, entry].join(' ') : 'tidelock',
  input: process.stdin,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
  terminal: stderr.isTTY && env['TERM'] !== 'dumb' ? { columns: () => stderr.columns } : undefined,
  colors: wantsColors(env, stderr.isTTY),
  results: { colors: wantsColors(env, stdout.isTTY), columns: stdout.isTTY ? stdout.columns : undefined },
  signal: stopping.signal,
})

try {
  await program.parseAsync(process.argv)
  process.exit(process.exitCode ?? 0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  if (stopping.signal.aborted) process.exit(130)
  console.error(`✗ ${redact(errorMessage(error))}`)
  if (codeOf(error) === undefined && env['TIDELOCK_DEBUG'] !== undefined) console.error(error)
  process.exit(exitCodeOf(error))
}
