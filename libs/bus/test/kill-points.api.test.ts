// SPDX-License-Identifier: Apache-2.0
// A producer ends by SIGKILL between every two steps of an event's way to the bus, each time with another event.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { BusConnection, ensureStream, readHistory } from '@tidelock/bus'
import { testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

const steps = ['begun', 'spooled', 'said', 'released', 'publishing', 'acknowledged', 'removed']
const program = fileURLToPath(new URL('killed-producer.ts', import.meta.url))
const log = { debug: () => undefined, info: () => undefined, error: () => undefined }
const prefix = `kill-${randomBytes(4).toString('hex')}`
const stream = `STREAM-${prefix}`
let cluster: TestCluster
let admin: BusConnection
let directory: string
beforeAll(async () => {
  cluster = await testCluster()
  const { natsUrl: url, natsSeedFile: seedFile } = cluster
  admin = new BusConnection({ url, seedFile, name: prefix, log, random: Math.random, timeoutMs: 60_000 })
  await ensureStream(admin, { name: stream, subjectPrefix: prefix, maxBytes: 1 << 20 })
  directory = await mkdtemp(join(tmpdir(), 'tidelock-producer-'))
})
afterAll(async () => {
  await (await admin.get()).request(`$JS.API.STREAM.DELETE.${stream}`)
  await admin.close()
  await rm(directory, { recursive: true, force: true })
})

/** Lets the producer report these events and says by which signal, or with which code, it ended. */
async function produce(ids: readonly string[], killAt: string): Promise<string | number | null> {
  const { natsUrl, natsSeedFile } = cluster
  const args = ['--conditions=source', program, directory, natsUrl, natsSeedFile, prefix, ids.join(','), killAt]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
  await once(child, 'exit')
  return child.signalCode ?? child.exitCode
}

it('has every event on the bus once, whatever step its producer dies after', async () => {
  for (const [index, step] of steps.entries()) expect(await produce(steps.slice(0, index + 1), step)).toBe('SIGKILL')
  expect(await produce(steps, '')).toBe(0)
  const kept: string[] = []
  const all = { connection: admin, stream, subject: `${prefix}.>`, signal: new AbortController().signal }
  for await (const { id } of readHistory(all)) kept.push(id)
  expect(kept).toEqual(steps)
})
