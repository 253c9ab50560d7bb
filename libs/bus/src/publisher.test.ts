// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { FakeClock, eventually } from '@tidelock/testkit'
import { BusError } from './errors.ts'
import { Publisher } from './publisher.ts'
import type { DeliveryResult } from './publisher.ts'
import type { EventRecord } from './record.ts'
import type { EventSink } from './sink.ts'
import { Spool } from './spool.ts'

let directory: string
let spool: Spool
const clock = new FakeClock()
const errors: string[] = []
const log = { debug: () => {}, info: () => {}, error: (_fields: object, text: string) => void errors.push(text) }
let stop: AbortController

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidelock-publisher-'))
  spool = await openSpool()
  stop = new AbortController()
  errors.length = 0
})
afterEach(async () => {
  stop.abort()
  await spool.close()
  await rm(directory, { recursive: true, force: true })
})

function openSpool(): Promise<Spool> {
  const ignore = (): void => {}
  return Spool.open({ directory, maxBytes: 1 << 24, onOverflow: ignore, onCorrupt: ignore, onFault: ignore })
}

function record(id: string, name: string = 'shop', severity: FluxEvent['severity'] = 'info'): EventRecord {
  const involvedObject = { kind: 'Kustomization', namespace: 'apps', name, uid: `uid-${name}` }
  const timestamp = '2026-01-01T00:00:00Z'
  return {
    id,
    event: { involvedObject, severity, timestamp, message: id, reason: 'R', reportingController: 'c' },
  }
}

interface TestSink extends EventSink {
  readonly got: string[]
  readonly tries: string[]
  answer: (id: string) => Promise<void>
}

function testSink(name: string, extra: Partial<EventSink> = {}): TestSink {
  const sink: TestSink = {
    name,
    got: [],
    tries: [],
    answer: () => Promise.resolve(),
    async deliver(_event, id) {
      sink.tries.push(id)
      await sink.answer(id)
      sink.got.push(id)
    },
    ...extra,
  }
  return sink
}

function start(sinks: readonly EventSink[]): {
  publisher: Publisher
  results: [string, DeliveryResult][]
  ended: Promise<void>
} {
  const results: [string, DeliveryResult][] = []
  const onResult = (sink: string, result: DeliveryResult): void => void results.push([sink, result])
  const publisher = new Publisher({ spool, sinks, clock, random: () => 0.5, log, onResult })
  return { publisher, results, ended: publisher.run(stop.signal) }
}

async function publish(publisher: Publisher, records: readonly EventRecord[]): Promise<void> {
  publisher.release(await publisher.put(records))
}

const unavailable = (): Promise<void> => Promise.reject(new BusError('Unavailable', 'away'))

describe('Publisher', () => {
  it('brings every event to every sink and then forgets it', async () => {
    const [a, b] = [testSink('a'), testSink('b')]
    const { publisher } = start([a, b])
    await publish(
      publisher,
      ['1', '2', '3'].map((id) => record(id)),
    )
    await eventually(() =>
      expect([a.got, b.got]).toEqual([
        ['1', '2', '3'],
        ['1', '2', '3'],
      ]),
    )
    await eventually(() => expect(spool.stats().records).toBe(0))
  })
  it('knows when it has delivered everything, whoever was last', async () => {
    const [a, b] = [testSink('a'), testSink('b')]
    b.answer = () => new Promise((resolve) => setImmediate(resolve))
    const { publisher } = start([a, b])
    for (let round = 0; round < 20; round++) {
      await publish(
        publisher,
        Array.from({ length: 30 }, (_, index) => record(`${round}/${index}`, `app-${index}`)),
      )
      expect(await publisher.drained(stop.signal)).toBe(true)
      expect([a.got.length, b.got.length]).toEqual([30 * (round + 1), 30 * (round + 1)])
    }
  })
  it('holds back what is not released', async () => {
    const a = testSink('a')
    const { publisher } = start([a])
    const held = await publisher.put([record('held')])
    await publish(publisher, [record('free')])
    await eventually(() => expect(a.got).toEqual(['free']))
    publisher.release(held)
    await eventually(() => expect(a.got).toEqual(['free', 'held']))
  })
  it('forgets what is discarded, and delivers what a process left that could not discard it', async () => {
    const a = testSink('a')
    const { publisher } = start([a])
    publisher.discard(await publisher.put([record('discarded')]))
    await publisher.put([record('left')])
    expect(spool.stats().records).toBe(1)
    await spool.close()
    spool = await openSpool()
    const next = testSink('next')
    start([next])
    await eventually(() => expect(next.got).toEqual(['left']))
    expect(a.got).toEqual([])
  })
  it('lets a slow sink hold up nobody, and keeps its events until it has them', async () => {
    const [fast, slow] = [testSink('fast'), testSink('slow')]
    slow.answer = () => new Promise(() => {})
    const { publisher } = start([fast, slow])
    await publish(
      publisher,
      Array.from({ length: 50 }, (_, index) => record(`e${index}`, `app-${index}`)),
    )
    await eventually(() => expect(fast.got).toHaveLength(50))
    expect(spool.stats().records).toBe(50)
  })
  it('tries again with growing delays until the sink is back, one delivery at a time meanwhile', async () => {
    const sink = testSink('a')
    sink.answer = unavailable
    const { publisher, results } = start([sink])
    await publish(
      publisher,
      Array.from({ length: 40 }, (_, index) => record(`e${index}`, `app-${index}`)),
    )
    await eventually(() => expect(sink.tries.length).toBeGreaterThanOrEqual(16))
    const before = sink.tries.length
    await clock.advance(300)
    expect(sink.tries.length).toBe(before)
    await clock.advance(60_000)
    expect(sink.tries.length - before).toBeLessThan(8)
    sink.answer = () => Promise.resolve()
    await clock.advance(60_000)
    await eventually(() => expect(new Set(sink.got).size).toBe(40))
    expect(results.filter(([, result]) => result === 'delivered')).toHaveLength(40)
    expect(spool.stats().records).toBe(0)
  })
  it('keeps the order of one object, whatever happens to the others', async () => {
    const sink = testSink('a', { concurrency: 4 })
    let failures = 3
    sink.answer = (id) => (id === 'x1' && failures-- > 0 ? unavailable() : Promise.resolve())
    const { publisher } = start([sink])
    await publish(publisher, [record('x1', 'x'), record('y1', 'y'), record('x2', 'x'), record('y2', 'y')])
    await eventually(async () => {
      await clock.advance(5000)
      expect(sink.got).toHaveLength(4)
    })
    expect(sink.got.filter((id) => id.startsWith('x'))).toEqual(['x1', 'x2'])
    expect(sink.got.filter((id) => id.startsWith('y'))).toEqual(['y1', 'y2'])
  })
  it('gives a refused event up at once, counts and reports it', async () => {
    const sink = testSink('a')
    sink.answer = (id) => (id === 'bad' ? Promise.reject(new BusError('Rejected', 'no')) : Promise.resolve())
    const { publisher, results } = start([sink])
    await publish(publisher, [record('bad'), record('good')])
    await eventually(() => expect(sink.got).toEqual(['good']))
    expect(results).toEqual([
      ['a', 'rejected'],
      ['a', 'delivered'],
    ])
    expect(errors).toEqual(['event not delivered'])
    await eventually(() => expect(spool.stats().records).toBe(0))
  })
  it('gives up after the attempts that a sink allows', async () => {
    const sink = testSink('a', { maxAttempts: 3 })
    sink.answer = unavailable
    const { publisher, results } = start([sink])
    await publish(publisher, [record('1')])
    await eventually(async () => {
      await clock.advance(30_000)
      expect(results.at(-1)).toEqual(['a', 'given-up'])
    })
    expect(sink.tries).toHaveLength(3)
    await eventually(() => expect(spool.stats().records).toBe(0))
  })
  it('tries again in time though the wall clock is set back meanwhile', async () => {
    const sink = testSink('a')
    sink.answer = unavailable
    const { publisher } = start([sink])
    await publish(publisher, [record('1')])
    await eventually(() => expect(sink.tries).toHaveLength(1))
    sink.answer = () => Promise.resolve()
    clock.jump(-3_600_000)
    await clock.advance(5000)
    await eventually(() => expect(sink.got).toEqual(['1']))
  })

  it('waits as long as a receiver asks to', async () => {
    const sink = testSink('a')
    sink.answer = () => Promise.reject(new BusError('Unavailable', 'later', { details: { retryAfterMs: 20_000 } }))
    const { publisher } = start([sink])
    await publish(publisher, [record('1')])
    await eventually(() => expect(sink.tries).toHaveLength(1))
    await clock.advance(19_000)
    expect(sink.tries).toHaveLength(1)
    await clock.advance(2000)
    expect(sink.tries).toHaveLength(2)
  })
  it('leaves traces to the sinks that want them', async () => {
    const [all, plain] = [testSink('all', { accepts: () => true }), testSink('plain')]
    const { publisher } = start([all, plain])
    await publish(publisher, [record('trace', 'shop', 'trace'), record('info')])
    await eventually(() => expect([all.got, plain.got]).toEqual([['trace', 'info'], ['info']]))
    await eventually(() => expect(spool.stats().records).toBe(0))
  })
  it('needs no sink: events nobody wants leave the spool', async () => {
    const { publisher } = start([])
    await publish(publisher, [record('1')])
    await eventually(() => expect(spool.stats().records).toBe(0))
  })
  it('delivers after a restart what an earlier process left, thousands of it', async () => {
    for (let group = 0; group < 10; group++)
      await spool.put(Array.from({ length: 200 }, (_, index) => record(`e${group * 200 + index}`, `app-${index}`)))
    await spool.close()
    spool = await openSpool()
    const sink = testSink('a')
    start([sink])
    await eventually(() => expect(new Set(sink.got).size).toBe(2000))
    await eventually(() => expect(spool.stats()).toMatchObject({ records: 0, segments: 0 }))
  })
  it('says when everything is delivered, and when time is up before', async () => {
    const sink = testSink('a')
    let open = (): void => {}
    sink.answer = () => new Promise((resolve) => (open = resolve))
    const { publisher } = start([sink])
    await publish(publisher, [record('1')])
    await eventually(() => expect(sink.tries).toEqual(['1']))
    expect(await publisher.drained(AbortSignal.abort())).toBe(false)
    const drained = publisher.drained(new AbortController().signal)
    open()
    expect(await drained).toBe(true)
  })
  it('does not wait for a sink that is away', async () => {
    const [there, away] = [testSink('there'), testSink('away')]
    away.answer = unavailable
    const { publisher } = start([there, away])
    await publish(publisher, [record('1')])
    expect(await publisher.drained(stop.signal)).toBe(false)
    expect(there.got).toEqual(['1'])
  })
  it('ends when told to, with nothing lost', async () => {
    const sink = testSink('a')
    sink.answer = unavailable
    const { publisher, ended } = start([sink])
    await publish(publisher, [record('1')])
    await eventually(() => expect(sink.tries).toHaveLength(1))
    stop.abort()
    await ended
    expect(spool.stats().records).toBe(1)
  })
})
