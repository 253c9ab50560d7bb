// SPDX-License-Identifier: Apache-2.0
// Three servers that share JetStream over TLS, of which one is lost.
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { BusConnection, createNatsSink, ensureStream, receive } from '@tidelock/bus'
import type { NatsOptions } from '@tidelock/bus'
import { eventually, startNatsCluster } from '@tidelock/testkit'
import type { NatsCluster } from '@tidelock/testkit'

const log = { debug: () => {}, info: () => {}, error: () => {} }
const events = 200
let cluster: NatsCluster
beforeAll(async () => {
  cluster = await startNatsCluster(3)
})
afterAll(async () => cluster[Symbol.asyncDispose]())

const options = (name: string): NatsOptions => ({ url: cluster.url, tls: cluster.tls, name, log, random: Math.random })

it('a stream of three loses nothing with the server that leads it', async () => {
  const admin = new BusConnection(options('admin'))
  // the servers need a moment to find each other
  await eventually(() => ensureStream(admin, { replicas: 3, maxBytes: 1 << 24 }), {
    timeoutMs: 90_000,
    intervalMs: 500,
  })
  const seen = new Set<string>()
  const stop = new AbortController()
  const reader = new BusConnection(options('reader'))
  const receiving = receive(
    {
      ...{ connection: reader, durable: 'reader', log, ackWaitMs: 2000 },
      ...{ clock: systemClock, random: Math.random },
      handle: ({ id }) => {
        seen.add(id)
        return Promise.resolve({ kind: 'done' })
      },
    },
    stop.signal,
  )
  const sink = createNatsSink({ ...options('producer'), timeoutMs: 2000 })
  const publish = (index: number): Promise<void> =>
    eventually(() => sink.deliver(eventOf(index), `id-${index}`, stop.signal), { timeoutMs: 120_000, intervalMs: 200 })
  for (let index = 0; index < events; index++) {
    if (index === events / 2) await cluster.kill(await eventually(() => leaderOf(admin)))
    await publish(index)
  }
  await eventually(() => expect(seen.size).toBe(events), { timeoutMs: 120_000 })
  stop.abort()
  await receiving
  await Promise.all([sink.close?.(), reader.close(), admin.close()])
})

it('lets nobody in without a certificate', async () => {
  const { caFile } = cluster.tls
  const stranger = new BusConnection({ ...options('stranger'), tls: { caFile } })
  await expect(stranger.get()).rejects.toMatchObject({ code: 'Unavailable' })
  await stranger.close()
})

function eventOf(index: number): Parameters<ReturnType<typeof createNatsSink>['deliver']>[0] {
  return {
    involvedObject: { kind: 'Kustomization', namespace: 'apps', name: `app-${index}`, uid: `u-${index}` },
    ...{ severity: 'info', timestamp: '2026-01-01T00:00:00Z', message: `message ${index}` },
    ...{ reason: 'Progressing', reportingController: 'kustomize-controller' },
  }
}

async function leaderOf(connection: BusConnection): Promise<string> {
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const manager = await jetstreamManager(await connection.get())
  const { cluster: peers } = await manager.streams.info('TIDELOCK_EVENTS')
  if (peers?.leader === undefined || peers.leader === '') throw new Error('nobody leads now')
  return peers.leader
}
