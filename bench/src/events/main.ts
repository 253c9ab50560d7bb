// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage, redact } from '@tidelock/errors'
import { Command, InvalidArgumentError } from 'commander'
import { measureEvents } from './run.ts'

const count = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('want a whole number above 0')
  return Number(text)
}
const command = new Command('bench:events')
  .option('--rate <number>', 'events a second', count, 1000)
  .option('--seconds <number>', 'how long', count, 30)
  .option('--webhooks <number>', 'webhooks that are timed', count, 100)
  .parse()
const { rate, seconds, webhooks } = command.opts<{ rate: number; seconds: number; webhooks: number }>()
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort(new Error(`ended by ${name}`)))
const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-events-'))
try {
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: run it on Linux')
  const out = (line: string): void => void process.stdout.write(`${line}\n`)
  const onProgress = (line: string): void => void process.stderr.write(`► ${line}\n`)
  await measureEvents({ rate, seconds, webhooks, root, env: process.env, out, onProgress, signal: stopping.signal })
} catch (error) {
  console.error(`✗ ${redact(errorMessage(error))}`)
  process.exitCode = 1
} finally {
  await rm(root, { recursive: true, force: true })
}
process.exit()
