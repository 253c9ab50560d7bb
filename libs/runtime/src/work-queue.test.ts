// SPDX-License-Identifier: Apache-2.0
import type { Priority } from './outcome.ts'
import { describe, expect, it } from '@jest/globals'
import type { ObjectKey } from '@tidelock/api'
import { FakeClock } from '@tidelock/testkit'
import { asyncProperty, assert, constantFrom, integer, oneof, record, array, constant } from 'fast-check'
import { WorkQueue } from './work-queue.ts'
import type { WorkShares } from './active-work.ts'
import type { QueueItem } from './work-queue.ts'

const key = (name: string): ObjectKey => ({ namespace: 'ns', name })
const [a, b, c] = [key('a'), key('b'), key('c')]
const open = new AbortController().signal

interface Setup {
  readonly clock: FakeClock
  readonly queue: WorkQueue
  readonly overtaken: QueueItem[]
  /** The name of the next object, or undefined when a worker would have to wait. */
  readonly take: () => Promise<string | undefined>
}

function setup(shares: WorkShares = {}): Setup {
  const clock = new FakeClock()
  const overtaken: QueueItem[] = []
  const onOvertaken = (item: QueueItem): void => void overtaken.push(item)
  const queue = new WorkQueue({
    clock,
    backoff: { minMs: 750, maxMs: 900_000 },
    onOvertaken,
    ...shares,
  })
  const take = async (): Promise<string | undefined> => {
    const patience = new AbortController()
    setImmediate(() => patience.abort())
    return (await queue.next(patience.signal))?.key.name
  }
  return { clock, queue, overtaken, take }
}

describe('WorkQueue', () => {
  it('hands out in order of arrival, each object once', async () => {
    const { queue, take } = setup()
    for (const each of [a, b, a, c, b]) queue.add(each)
    expect(queue.depth).toBe(3)
    expect([await take(), await take(), await take(), await take()]).toEqual(['a', 'b', 'c', undefined])
  })
  it('wakes a worker that waits', async () => {
    const { queue } = setup()
    const waiting = queue.next(open)
    queue.add(a)
    expect((await waiting)?.key).toBe(a)
  })
  it('does not give an object to a second worker; it comes again when the first is done', async () => {
    const { queue, take, overtaken } = setup()
    queue.add(a)
    await take()
    queue.add(a, { priority: 'change' })
    queue.add(a, { priority: 'low' })
    expect(await take()).toBeUndefined()
    expect(overtaken.map(({ priority }) => priority)).toEqual(['change', 'low'])
    queue.done(a)
    expect(await queue.next(open)).toMatchObject({ key: a, priority: 'change' })
    queue.done(a)
    expect(await take()).toBeUndefined()
  })
  it('puts the urgent first', async () => {
    const { queue, take } = setup()
    const order: Priority[] = ['low', 'normal', 'change', 'user']
    for (const priority of order) queue.add(key(priority), { priority })
    expect([await take(), await take(), await take(), await take()]).toEqual(order.toReversed())
  })
  it('raises the priority of an object that waits, and never lowers it', async () => {
    const { queue, take } = setup()
    for (const each of [a, b, c]) queue.add(each, { priority: 'normal' })
    queue.add(c, { priority: 'user' })
    queue.add(a, { priority: 'low' })
    expect([await take(), await take(), await take()]).toEqual(['c', 'a', 'b'])
  })
  it('starves nobody: one hand-out in eight goes to whoever waits longest', async () => {
    const { queue, clock } = setup()
    queue.add(a, { priority: 'low' })
    await clock.advance(1)
    const order: string[] = []
    for (let round = 0; round < 20; round++) {
      queue.add(key(`user-${round}`), { priority: 'user' })
      const item = await queue.next(open)
      order.push(item?.key.name ?? '')
      if (item !== undefined) queue.done(item.key)
    }
    expect(order.indexOf('a')).toBeGreaterThanOrEqual(0)
    expect(order.indexOf('a')).toBeLessThan(8)
  })
  it('gives low priority a share of the workers while others are worked on, else all', async () => {
    const { queue, take } = setup({ lowBesideOthers: 1 })
    for (const name of ['low-1', 'low-2', 'low-3']) queue.add(key(name), { priority: 'low' })
    queue.add(a)
    expect([await take(), await take(), await take()]).toEqual(['a', 'low-1', undefined])
    const waiting = [queue.next(open), queue.next(open)]
    queue.done(a)
    expect((await Promise.all(waiting)).map((item) => item?.key.name)).toEqual(['low-2', 'low-3'])
  })
  it('hands out at once what was held back and becomes urgent', async () => {
    const { queue, take } = setup({ lowBesideOthers: 1 })
    queue.add(a)
    await take()
    for (const each of [b, c]) queue.add(each, { priority: 'low' })
    expect([await take(), await take()]).toEqual(['b', undefined])
    const waiting = queue.next(open)
    queue.add(c, { priority: 'user' })
    expect(await waiting).toMatchObject({ key: c, priority: 'user' })
  })
  it('keeps workers for what a user waits for', async () => {
    const { queue, take } = setup({ routine: 2 })
    for (const [each, priority] of [
      [a, 'change'],
      [b, 'normal'],
      [c, 'low'],
    ] as const)
      queue.add(each, { priority })
    expect([await take(), await take(), await take()]).toEqual(['a', 'b', undefined])
    const waiting = queue.next(open)
    queue.add(key('d'), { priority: 'user' })
    expect((await waiting)?.key.name).toBe('d')
    const next = queue.next(open)
    queue.done(a)
    expect((await next)?.key).toBe(c)
  })
  it('lets namespaces take turns: the one goes first of which least is worked on', async () => {
    const { queue, take } = setup()
    for (const [namespace, name] of ['a 1', 'a 2', 'a 3', 'b 4', 'b 5', 'c 6'].map((each) => each.split(' ')))
      queue.add({ namespace: namespace ?? '', name: name ?? '' })
    const order: (string | undefined)[] = []
    for (let round = 0; round < 6; round++) order.push(await take())
    expect(order).toEqual(['1', '4', '6', '2', '5', '3'])
  })
  it('does not hand out again first what was added while it was worked on', async () => {
    const { queue } = setup({ workers: 1 })
    queue.add(a)
    await queue.next(open)
    queue.add(b)
    queue.add(a)
    const [second, third] = [queue.next(open), queue.next(open)]
    queue.done(a)
    expect((await second)?.key).toBe(b)
    queue.done(b)
    expect((await third)?.key).toBe(a)
  })
  it('hands out on beside work that takes long, first to a namespace that has none', async () => {
    const { queue, clock } = setup({ workers: 2, longAfterMs: 1000 })
    for (const name of ['slow-1', 'slow-2', 'slow-3', 'slow-4']) queue.add(key(name))
    await Promise.all([queue.next(open), queue.next(open)])
    const other = { namespace: 'other', name: 'quick' }
    queue.add(other)
    const waiting = [queue.next(open), queue.next(open), queue.next(open)]
    await clock.advance(1000)
    expect((await waiting[0])?.key).toBe(other)
    expect((await waiting[1])?.key.name).toBe('slow-3')
    expect(queue.depth).toBe(1)
    queue.done(other)
    expect(queue.depth).toBe(1)
    queue.add(other)
    expect((await waiting[2])?.key).toBe(other)
  })
  it('keeps to the time asked for, of several to the earliest', async () => {
    const { queue, clock, take } = setup()
    queue.add(a, { afterMs: 10_000 })
    queue.add(a, { afterMs: 3000, priority: 'user' })
    queue.add(a, { afterMs: 7000 })
    await clock.advance(2999)
    expect(await take()).toBeUndefined()
    await clock.advance(1)
    expect(await queue.next(open)).toMatchObject({ key: a, priority: 'user' })
    queue.done(a)
    await clock.advance(60_000)
    expect(await take()).toBeUndefined()
  })
  it('forgets a planned time when the object is wanted now', async () => {
    const { queue, clock, take } = setup()
    queue.add(a, { afterMs: 5000, priority: 'change' })
    queue.add(a)
    expect(clock.pending).toBe(0)
    expect(await queue.next(open)).toMatchObject({ priority: 'change' })
    queue.done(a)
    await clock.advance(10_000)
    expect(await take()).toBeUndefined()
  })
  it('backs off 750 ms and twice as long each time, up to 15 min, until it is told to forget', async () => {
    const { queue } = setup()
    const delays = Array.from({ length: 14 }, () => queue.retry(a))
    expect(delays.slice(0, 5)).toEqual([750, 1500, 3000, 6000, 12_000])
    expect(delays.slice(-2)).toEqual([900_000, 900_000])
    expect(queue.backoffMs(b)).toBe(750)
    queue.forget(a)
    expect(queue.retry(a)).toBe(750)
  })
  it('takes an object that is gone out of everything', async () => {
    const { queue, clock, take } = setup()
    queue.retry(a)
    queue.add(b)
    queue.remove(a)
    queue.remove(b)
    await clock.advance(10_000)
    expect(await take()).toBeUndefined()
    expect(queue.retry(a)).toBe(750)
  })
  it('wakes everybody at shutdown and takes nothing more', async () => {
    const { queue, clock } = setup()
    const waiting = [queue.next(open), queue.next(open)]
    queue.add(c, { afterMs: 1000 })
    queue.shutdown()
    expect(await Promise.all(waiting)).toEqual([undefined, undefined])
    queue.add(a)
    expect(await queue.next(open)).toBeUndefined()
    expect(clock.pending).toBe(0)
  })
  it('does not lose an object to a worker that stopped waiting', async () => {
    const { queue, take } = setup()
    const gone = new AbortController()
    const waiting = queue.next(gone.signal)
    gone.abort()
    queue.add(a)
    expect(await waiting).toBeUndefined()
    expect(await take()).toBe('a')
  })
})

/** What a queue must do, without any of its cleverness: a list of wishes. */
class Model {
  readonly wishes = new Map<string, number>()
  readonly working = new Set<string>()

  add(name: string, dueAt: number): void {
    this.wishes.set(name, Math.min(dueAt, this.wishes.get(name) ?? Infinity))
  }

  takeable(now: number): string[] {
    return [...this.wishes].filter(([name, dueAt]) => dueAt <= now && !this.working.has(name)).map(([name]) => name)
  }
}

describe('WorkQueue, against a model', () => {
  const name = constantFrom('a', 'b', 'c', 'd')
  const step = oneof(
    record({
      kind: constant('add' as const),
      name,
      afterMs: constantFrom(0, 0, 5, 20),
      priority: constantFrom<Priority>('user', 'change', 'normal', 'low'),
    }),
    record({ kind: constant('take' as const) }),
    record({ kind: constant('done' as const), name }),
    record({ kind: constant('pass' as const), ms: integer({ min: 1, max: 15 }) }),
  )
  it('hands out exactly the objects that are due and free', async () => {
    const property = asyncProperty(array(step, { maxLength: 60 }), async (steps) => {
      const { queue, clock, take } = setup()
      const model = new Model()
      const verdicts: boolean[] = []
      for (const each of steps) {
        const now = clock.monotonic()
        if (each.kind === 'add') {
          queue.add(key(each.name), { afterMs: each.afterMs, priority: each.priority })
          model.add(each.name, now + each.afterMs)
        } else if (each.kind === 'done') {
          queue.done(key(each.name))
          model.working.delete(each.name)
        } else if (each.kind === 'pass') await clock.advance(each.ms)
        else {
          const possible = model.takeable(now)
          const taken = await take()
          const isRight = taken === undefined ? possible.length === 0 : possible.includes(taken)
          verdicts.push(isRight)
          if (taken === undefined) continue
          model.wishes.delete(taken)
          model.working.add(taken)
        }
      }
      expect(verdicts).not.toContain(false)
    })
    await expect(assert(property, { numRuns: 300 })).resolves.toBeUndefined()
  })
})
