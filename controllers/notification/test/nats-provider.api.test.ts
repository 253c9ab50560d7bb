// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { BusConnection } from '@tidelock/bus'
import { eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'
import { eventWith, providerOf, tell } from './wire.ts'

const subject = `test.${randomBytes(4).toString('hex')}`
const log = { debug: () => {}, info: () => {}, error: () => {} }
let cluster: TestCluster
let watcher: BusConnection
let nkey: string
const seen: unknown[] = []

beforeAll(async () => {
  cluster = await testCluster()
  nkey = await readFile(cluster.natsSeedFile, 'utf8')
  watcher = new BusConnection({
    url: cluster.natsUrl,
    seedFile: cluster.natsSeedFile,
    name: 'watcher',
    log,
    random: Math.random,
    timeoutMs: 60_000,
  })
  const connection = await watcher.get()
  connection.subscribe(subject, { callback: (_error, message) => void seen.push(message.json()) })
  await connection.flush()
})
afterAll(() => watcher.close())

describe('nats', () => {
  it('publishes the event on the subject', async () => {
    await tell(providerOf('nats', { address: cluster.natsUrl, channel: subject }), eventWith(), { nkey })
    await eventually(() => expect(seen).toHaveLength(1))
    expect(seen[0]).toMatchObject({ reason: 'ReconciliationSucceeded', involvedObject: { name: 'shop' } })
  })
  it('says that the server does not know us, and hides the seed', async () => {
    const telling = tell(providerOf('nats', { address: cluster.natsUrl, channel: subject }), eventWith())
    await expect(telling).rejects.toMatchObject({
      code: 'Unavailable',
      message: expect.stringMatching(/authorization/i),
    })
    const wrong = { nkey: 'SUNOSEEDATALL' }
    const error = await tell(
      providerOf('nats', { address: cluster.natsUrl, channel: subject }),
      eventWith(),
      wrong,
    ).catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'InvalidConfig' })
    expect(String(error)).not.toContain('NOSEED')
  })
  it.each([
    [{ address: 'https://x', channel: 'a' }, 'spec.address'],
    [{ channel: 'a' }, 'spec.address'],
    [{ address: 'nats://127.0.0.1:4222' }, 'spec.channel'],
    [{ address: 'nats://127.0.0.1:4222', channel: 'a.>' }, 'spec.channel'],
  ])('says what is wrong with %j', async (spec, field) => {
    await expect(tell(providerOf('nats', spec), eventWith())).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining(field),
    })
  })
  it('says that nobody answers', async () => {
    const telling = tell(providerOf('nats', { address: 'nats://127.0.0.1:1', channel: 'a' }), eventWith())
    await expect(telling).rejects.toMatchObject({ code: 'Unavailable' })
  })
})
