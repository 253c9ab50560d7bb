// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import type { FluxEvent } from '@tidelock/api'
import { BusConnection, createNatsSink, ensureStream, receive } from '@tidelock/bus'
import type { NatsOptions, ReceiveOptions } from '@tidelock/bus'
import { eventually, testCluster } from '@tidelock/testkit'
import type { TestCluster } from '@tidelock/testkit'

const log = { debug: () => {}, info: () => {}, error: () => {} }
const prefix = `test-${randomBytes(4).toString('hex')}`
const stream = `STREAM-${prefix}`
let cluster: TestCluster
let admin: BusConnection
const signal = new AbortController().signal

beforeAll(async () => {
  cluster = await testCluster()
  admin = new BusConnection(options('test-admin'))
})
afterAll(async () => {
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const manager = await jetstreamManager(await admin.get())
  for await (const info of manager.streams.list()) {
    if (info.config.name.includes(prefix)) await manager.streams.delete(info.config.name)
  }
  await admin.close()
})

function options(name: string, extra: Partial<NatsOptions> = {}): NatsOptions {
  return {
    url: cluster.natsUrl,
    seedFile: cluster.natsSeedFile,
    name,
    log,
    random: Math.random,
    timeoutMs: 60_000,
    ...extra,
  }
}

function event(message: string, name: string = 'shop'): FluxEvent {
  return {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name, uid: 'u' },
    severity: 'info',
    timestamp: '2026-01-01T00:00:00Z',
    message,
    reason: 'Progressing',
    reportingController: 'kustomize-controller',
  }
}

async function stored(name: string): Promise<{ messages: number; subjects: string[] }> {
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const manager = await jetstreamManager(await admin.get())
  const { state } = await manager.streams.info(name, { subjects_filter: '>' })
  return { messages: state.messages, subjects: Object.keys(state.subjects ?? {}) }
}

describe('NATS sink', () => {
  it('publishes an event once, under its subject, however often it is delivered', async () => {
    await ensureStream(admin, { name: stream, subjectPrefix: prefix, maxBytes: 1 << 20 })
    const sink = createNatsSink({ ...options('publisher'), subjectPrefix: prefix })
    for (let round = 0; round < 3; round++) await sink.deliver(event('hello', 'my.app'), 'same-id', signal)
    await sink.deliver(event('other'), 'other-id', signal)
    expect(await stored(stream)).toEqual({
      messages: 2,
      subjects: expect.arrayContaining([
        `${prefix}.info.kustomization.apps.my%2Eapp`,
        `${prefix}.info.kustomization.apps.shop`,
      ]),
    })
    await sink.close?.()
  })
  it('says that the stream is missing, and makes it where it is told to', async () => {
    const other = `${prefix}-late`
    const name = `LATE-${prefix}`
    const without = createNatsSink({ ...options('publisher'), subjectPrefix: other })
    await expect(without.deliver(event('x'), 'x', signal)).rejects.toMatchObject({ code: 'Unavailable' })
    await expect(without.deliver(event('x'), 'x', signal)).rejects.toThrow('no stream takes events')
    const making = createNatsSink({
      ...options('publisher'),
      subjectPrefix: other,
      stream: { name, subjectPrefix: other, maxBytes: 1 << 20 },
    })
    await eventually(() => making.deliver(event('x'), 'x', signal))
    expect((await stored(name)).messages).toBe(1)
    await Promise.all([without.close?.(), making.close?.()])
  })
  it('cuts the message of an event that is over the bound of the server', async () => {
    const sink = createNatsSink({ ...options('publisher'), subjectPrefix: prefix })
    await sink.deliver(event('ü"'.repeat(1 << 20), 'big'), 'big-id', signal)
    expect((await stored(stream)).subjects).toContain(`${prefix}.info.kustomization.apps.big`)
    await sink.close?.()
  })
  it('brings its bounds up to date when the stream is there', async () => {
    await ensureStream(admin, { name: stream, subjectPrefix: prefix, maxBytes: 4 << 20, maxAgeMs: 3_600_000 })
    const { jetstreamManager } = await import('@nats-io/jetstream')
    const { config } = await (await jetstreamManager(await admin.get())).streams.info(stream)
    expect(config).toMatchObject({ max_bytes: 4 << 20, max_age: 3.6e12, duplicate_window: 6e11, discard: 'old' })
  })
  it('refuses a stream whose subjects another one has', async () => {
    const overlapping = { name: `TWICE-${prefix}`, subjectPrefix: prefix }
    await expect(ensureStream(admin, overlapping)).rejects.toMatchObject({ code: 'StreamConflict' })
  })
})

describe('NATS credentials', () => {
  it('names a seed file that is missing or holds no seed, without a word of its content', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'tidelock-nats-'))
    const bad = join(directory, 'bad.nk')
    await writeFile(bad, 'SUNOTASEED')
    const missing = new BusConnection(options('x', { seedFile: join(directory, 'none') }))
    await expect(missing.get()).rejects.toMatchObject({ code: 'CredentialsInvalid' })
    const broken = new BusConnection(options('x', { seedFile: bad }))
    await expect(broken.get()).rejects.toThrow(/^(?!.*SUNOTASEED)/)
    await rm(directory, { recursive: true })
  })
  it('is refused without a key, and may be tried again', async () => {
    const { seedFile: _seedFile, ...anonymous } = options('x')
    await expect(new BusConnection(anonymous).get()).rejects.toMatchObject({ code: 'Unavailable' })
  })
  it('may be tried again while no server is there', async () => {
    const nobody = createNatsSink(options('x', { url: 'nats://127.0.0.1:1' }))
    await expect(nobody.deliver(event('x'), 'x', signal)).rejects.toMatchObject({ code: 'Unavailable' })
  })
})

describe('receive', () => {
  it('hands out every event, again after a throw, and goes on where it was', async () => {
    const name = `RECEIVED-${prefix}`
    const subjectPrefix = `${prefix}-received`
    await ensureStream(admin, { name, subjectPrefix, maxBytes: 1 << 20 })
    const sink = createNatsSink({ ...options('publisher'), subjectPrefix })
    for (const id of ['a', 'b', 'c']) await sink.deliver(event(id), id, signal)
    const got = new Map<string, number>()
    let failures = 1
    const handle: ReceiveOptions['handle'] = async ({ id, event: { message }, deliveries }) => {
      if (id === 'b' && failures-- > 0) throw new Error('not now')
      got.set(message, deliveries)
      return { kind: 'done' }
    }
    const settings = {
      ...{ connection: admin, durable: 'd1', log, clock: systemClock, random: Math.random },
      ...{ stream: name, subject: `${subjectPrefix}.>`, handle },
    }
    const receiveUntil = async (check: () => void): Promise<void> => {
      const stop = new AbortController()
      const running = receive(settings, stop.signal)
      await eventually(check).finally(() => stop.abort())
      await running
    }
    await receiveUntil(() => expect([...got.keys()].toSorted()).toEqual(['a', 'b', 'c']))
    expect(got.get('b')).toBeGreaterThan(1)
    got.clear()
    await sink.deliver(event('d'), 'd', signal)
    await sink.close?.()
    await receiveUntil(() => expect([...got.keys()]).toContain('d'))
  })
})
