// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { ActiveWork, mostAtOnce } from './active-work.ts'
import type { WorkShares } from './active-work.ts'

interface Setup {
  readonly clock: FakeClock
  readonly active: ActiveWork
  readonly freed: () => number
  readonly begin: (...names: readonly string[]) => void
}

/** Names begin with their namespace: `a/1`. */
function setup(shares: WorkShares): Setup {
  const clock = new FakeClock()
  let freed = 0
  const active = new ActiveWork(clock, shares, () => freed++)
  const begin = (...names: readonly string[]): void => {
    for (const name of names)
      active.begin(name, { namespace: name.split('/')[0] ?? '', priority: 'normal', sinceMs: clock.monotonic() })
  }
  return { clock, active, begin, freed: () => freed }
}

const longAfterMs = 1000

describe('ActiveWork', () => {
  it('has no worker left when all are busy', () => {
    const { active, begin } = setup({ workers: 2 })
    begin('a/1')
    expect(active.least()).toBe('low')
    begin('a/2')
    expect(active.least()).toBeUndefined()
    active.end('a/1')
    expect(active.least()).toBe('low')
  })
  it('lets long work go on without a worker', async () => {
    const { active, begin, clock, freed } = setup({ workers: 2, longAfterMs })
    begin('a/1', 'a/2')
    await clock.advance(999)
    expect(active.least()).toBeUndefined()
    await clock.advance(1)
    expect(active.least()).toBe('low')
    expect(freed()).toBeGreaterThan(0)
    expect(active.has('a/1')).toBe(true)
  })
  it('leaves a namespace with long work half of the workers, and others all', async () => {
    const { active, begin, clock } = setup({ workers: 4, longAfterMs })
    begin('a/1', 'a/2', 'a/3', 'a/4')
    expect(active.load('a')).toBe(Infinity)
    await clock.advance(1000)
    expect(active.load('a')).toBe(4)
    begin('a/5', 'a/6')
    expect(active.load('a')).toBe(Infinity)
    expect(active.load('b')).toBe(0)
    begin('b/1')
    expect(active.load('b')).toBe(1)
  })
  it('costs a namespace no worker to have one long run', async () => {
    const { active, begin, clock } = setup({ workers: 4, longAfterMs })
    begin('a/1')
    await clock.advance(1000)
    begin('a/2', 'a/3')
    expect(active.load('a')).toBe(3)
    begin('a/4')
    expect(active.load('a')).toBe(Infinity)
  })
  it('keeps half of the workers for others, however much a namespace has that takes long', async () => {
    const { active, begin, clock } = setup({ workers: 4, longAfterMs })
    for (let name = 0; name < 20; name++) {
      if (active.least() !== undefined && active.load('a') < Infinity) begin(`a/${name}`)
      else await clock.advance(1000)
    }
    expect(active.since()).toHaveLength(6)
    begin('b/1', 'b/2')
    expect(active.least()).toBeUndefined()
  })
  it('bounds what goes on beside the workers; what waits for that gets a place when one is free', async () => {
    const { active, begin, clock } = setup({ workers: 1, longAfterMs })
    for (const name of ['a/1', 'b/1', 'c/1', 'd/1']) {
      begin(name)
      await clock.advance(1000)
    }
    expect(active.since()).toHaveLength(mostAtOnce({ workers: 1, longAfterMs }))
    expect(active.least()).toBeUndefined()
    active.end('b/1')
    expect(active.least()).toBe('low')
    begin('e/1')
    active.end('d/1')
    expect(active.least()).toBeUndefined()
  })
  it('gives the place of ended long work to one of a namespace that has room for it', async () => {
    const { active, begin, clock } = setup({ workers: 1, longAfterMs })
    begin('a/1')
    await clock.advance(1000)
    begin('a/2')
    await clock.advance(1000)
    expect(active.least()).toBeUndefined()
    active.end('a/1')
    expect(active.least()).toBe('low')
  })
  it('forgets the timer of work that ends', () => {
    const { active, begin, clock } = setup({ workers: 1, longAfterMs })
    begin('a/1')
    expect(active.end('a/1')).toBe(0)
    expect(active.end('a/1')).toBeUndefined()
    expect(clock.pending).toBe(0)
  })
  it('lets everything have a worker as long as it takes where nothing counts as long', async () => {
    const { active, begin, clock } = setup({ workers: 1 })
    begin('a/1')
    await clock.advance(1e9)
    expect(active.least()).toBeUndefined()
    expect(mostAtOnce({ workers: 1 })).toBe(1)
  })
})
