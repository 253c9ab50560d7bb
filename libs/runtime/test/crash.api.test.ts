// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { BusConnection, receive } from '@tidelock/bus'
import type { FaultPoint } from '@tidelock/runtime'
import { checkConditions, eventually } from '@tidelock/testkit'
import { ToyCluster } from './toy-cluster.ts'
import { ToyProcess } from './toy-process.ts'

interface Received {
  readonly id: string
  readonly name: string
  readonly reason: string
  readonly message: string
}

const received: Received[] = []
const stop = new AbortController()
const toys: ToyProcess[] = []
let toy: ToyCluster
let connection: BusConnection
let receiving: Promise<void>
let spoolDir: string

beforeAll(async () => {
  toy = await ToyCluster.open()
  const log = { debug: () => {}, info: () => {}, error: () => {} }
  const { natsUrl, natsSeedFile } = toy.cluster
  connection = new BusConnection({ url: natsUrl, seedFile: natsSeedFile, name: 'crash-test', log, random: Math.random })
  receiving = receive(
    {
      ...{ connection, log, clock: systemClock, random: () => 0, durable: toy.namespace },
      subject: `tidelock.events.*.*.${toy.namespace}.*`,
      handle: async ({ id, event: { involvedObject, reason, message } }) => {
        received.push({ id, name: involvedObject.name ?? '', reason, message })
        return { kind: 'done' }
      },
    },
    stop.signal,
  )
})
afterAll(async () => {
  stop.abort()
  await receiving
  await connection.close()
})
beforeEach(async () => {
  spoolDir = await mkdtemp(join(tmpdir(), 'tidelock-crash-'))
})
afterEach(async () => {
  await Promise.all(toys.splice(0).map((each) => each.end()))
  await rm(spoolDir, { recursive: true, force: true })
})

function start(fault?: { readonly point: FaultPoint; readonly object: string }): ToyProcess {
  const { cluster, namespace } = toy
  const started = new ToyProcess({ cluster, namespace, spoolDir, ...(fault === undefined ? {} : { fault }) })
  toys.push(started)
  return started
}

async function killAt(point: FaultPoint, name: string): Promise<void> {
  const object = `GitRepository/${toy.namespace}/${name}`
  const child = start({ point, object })
  await child.reached(point, object)
  await child.end('SIGKILL')
}

const of = (name: string, text: string): Received[] =>
  received.filter((each) => each.name === name && each.message.includes(text))
const idsOf = (events: readonly Received[]): number => new Set(events.map(({ id }) => id)).size

describe('a process killed in the middle of a run', () => {
  const points: readonly FaultPoint[] = [
    'run-started',
    'finalizer-added',
    'progress-patched',
    'outcome-known',
    'events-spooled',
    'status-patched',
    'events-released',
  ]
  it.each(points)('at %s loses nothing: the next one finishes, and every event arrives', async (point) => {
    const name = `at-${point}`
    await toy.create(name, 'ok')
    await killAt(point, name)
    const next = start()
    await next.reached('events-released', `GitRepository/${toy.namespace}/${name}`)
    const obj = await toy.ready(name, 'True', 'Succeeded')
    expect(checkConditions(obj)).toEqual([])
    await eventually(() => {
      expect(idsOf(of(name, `ConfigMap/${name}-thing created`))).toBe(1)
      expect(idsOf(of(name, 'Reconciliation finished'))).toBeGreaterThanOrEqual(1)
    })
    await eventually(async () => {
      const texts = (await toy.events(name)).map(({ message }) => message)
      expect(texts).toContain(`ConfigMap/${name}-thing created`)
      expect(texts.some((text) => text.startsWith('Reconciliation finished'))).toBe(true)
    })
  })
  it('between spool and status goes on where it was: the result is one event, not two', async () => {
    const name = 'again'
    await toy.create(name, 'slow/1')
    await toyReady(name)
    const before = idsOf(of(name, 'Reconciliation finished'))
    // a new revision makes no thing any more: the only event of the run is its result
    await toy.setPath(name, 'ok')
    await killAt('events-spooled', name)
    const next = start()
    await next.reached('events-released', `GitRepository/${toy.namespace}/${name}`)
    await toy.ready(name, 'True')
    await eventually(() => expect(of(name, 'main@sha1:2').length).toBeGreaterThan(0))
    await next.end('SIGTERM')
    expect(idsOf(of(name, 'Reconciliation finished')) - before).toBe(1)
  })
  it('while it deletes: the clean-up is repeated, its event arrives, the object goes', async () => {
    const name = 'deleted'
    await toy.create(name, 'ok')
    await toyReady(name)
    await toy.delete(name)
    await killAt('events-spooled', name)
    expect((await toy.get(name)).metadata.finalizers).toHaveLength(1)
    const next = start()
    await toy.gone(name)
    await eventually(() => expect(idsOf(of(name, 'cleaned up'))).toBe(1))
    await next.end('SIGTERM')
  })
  it('with the bus away: events wait on disk and arrive with the next process', async () => {
    const name = 'no-bus'
    const { cluster, namespace } = toy
    const alone = new ToyProcess({ cluster, namespace, spoolDir, args: ['--nats-url=nats://127.0.0.1:1'] })
    toys.push(alone)
    await toy.create(name, 'ok')
    await toy.ready(name, 'True')
    await eventually(async () => expect(await toy.events(name)).toHaveLength(2))
    await alone.end('SIGKILL')
    expect(of(name, '')).toEqual([])
    start()
    await eventually(() => {
      expect(idsOf(of(name, 'thing created'))).toBe(1)
      expect(idsOf(of(name, 'Reconciliation finished'))).toBeGreaterThanOrEqual(1)
    })
  })
})

async function toyReady(name: string): Promise<void> {
  const first = start()
  await toy.ready(name, 'True')
  await eventually(() => expect(of(name, 'Reconciliation finished').length).toBeGreaterThan(0))
  expect(await first.end('SIGTERM')).toBe(0)
}
