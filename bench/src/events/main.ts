// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorMessage, redact } from '@tidelock/errors'
import { Command, InvalidArgumentError } from 'commander'
import { measureLosses } from './losses/measure-losses.ts'
import { measureEvents } from './run.ts'

const count = (text: string): number => {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('want a whole number above 0')
  return Number(text)
}
const command = new Command('bench:events')
  .option('--rate <number>', 'events a second', count, 1000)
  .option('--seconds <number>', 'how long', count, 30)
  .option('--webhooks <number>', 'webhooks that are timed', count, 100)
  .option('--kills <number>', 'measure what is lost while producers and the controller are killed so often', count)
  .option('--away <seconds>', 'measure what is lost while the bus is away so long', count)
  .option('--events <number>', 'events while that is measured', count, 10_000)
  .parse()
const { rate, seconds, webhooks, kills, away, events } = command.opts<
  {
    readonly [name in 'rate' | 'seconds' | 'webhooks' | 'events']: number
  } & { readonly [name in 'kills' | 'away']?: number }
>()
const { TIDELOCK_CACHE, XDG_CACHE_HOME } = process.env
const cacheDir = TIDELOCK_CACHE || join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'tidelock')
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stopping.abort(new Error(`ended by ${name}`)))
const root = await mkdtemp(join(tmpdir(), 'tidelock-bench-events-'))
try {
  if (process.platform !== 'linux') throw new Error('the bench reads /proc: run it on Linux')
  const out = (line: string): void => void process.stdout.write(`${line}\n`)
  const onProgress = (line: string): void => void process.stderr.write(`► ${line}\n`)
  const common = { rate, root, env: process.env, out, onProgress, signal: stopping.signal }
  if (kills === undefined && away === undefined) await measureEvents({ ...common, seconds, webhooks })
  else await measureLosses({ ...common, events, kills: kills ?? 0, awaySeconds: away ?? 0, cacheDir })
} catch (error) {
  console.error(`✗ ${redact(errorMessage(error))}`)
  process.exitCode = 1
} finally {
  await rm(root, { recursive: true, force: true })
}
process.exit()
