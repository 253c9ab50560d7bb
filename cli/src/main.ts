#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
import { homedir } from 'node:os'
import { codeOf, errorMessage, redact } from '@tidelock/errors'
import { CommanderError } from 'commander'
import { createProgram } from './program.ts'

const stopping = new AbortController()
let signals = 0
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    signals += 1
    // a second one does not wait for an orderly end
    if (signals > 1) process.exit(130)
    stopping.abort(new Error(`ended by ${name}`))
  })
}

const program = createProgram({
  env: process.env,
  home: homedir(),
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  interactive: process.stderr.isTTY,
  signal: stopping.signal,
})

try {
  await program.parseAsync(process.argv)
  process.exit(process.exitCode ?? 0)
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  if (stopping.signal.aborted) process.exit(130)
  console.error(`✗ ${redact(errorMessage(error))}`)
  if (codeOf(error) === undefined && process.env['TIDELOCK_DEBUG'] !== undefined) console.error(error)
  process.exit(1)
}
