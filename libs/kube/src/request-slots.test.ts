// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { RequestSlots } from './request-slots.ts'

function setup(slots: number, besideUrgent: number = slots) {
  const clock = new FakeClock()
  const requests = new RequestSlots({ slots, besideUrgent, urgentMs: 5000, clock })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const run = (name: string, signal?: AbortSignal): Promise<string> =>
    requests.run(() => {
      started.push(name)
      const { promise, resolve } = Promise.withResolvers<string>()
      ends.set(name, () => resolve(name))
      return promise
    }, signal)
  return { run, started, end: (name: string) => ends.get(name)?.(), requests, clock }
}

describe('RequestSlots', () => {
  it('lets so many go on, and the others in the order in which they came', async () => {
    const { run, started, end } = setup(2)
    const all = ['a', 'b', 'c', 'd'].map((name) => run(name))
    await Promise.resolve()
    expect(started).toEqual(['a', 'b'])
    end('b')
    await all[1]
    await Promise.resolve()
    expect(started).toEqual(['a', 'b', 'c'])
    end('a')
    await all[0]
    end('c')
    await all[2]
    await Promise.resolve()
    end('d')
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('gives a slot back after an error, and none to who has given up', async () => {
    const { run, started, end, requests } = setup(1)
    await expect(requests.run(() => Promise.reject(new Error('refused')))).rejects.toThrow('refused')
    const first = run('a')
    const patience = new AbortController()
    const second = run('b', patience.signal)
    const third = run('c')
    patience.abort(new Error('too late'))
    await expect(second).rejects.toThrow('too late')
    await expect(run('d', patience.signal)).rejects.toThrow('too late')
    end('a')
    await first
    await Promise.resolve()
    end('c')
    expect(await third).toBe('c')
    expect(started).toEqual(['a', 'c'])
  })

  it('lets fewer go on beside something urgent, and the rest after it', async () => {
    const { run, started, end, requests } = setup(3, 1)
    const all = [run('a'), run('b')]
    const urgent = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const urgents = urgent.map(({ promise }) => requests.besideUrgent(() => promise))
    all.push(run('c'), run('d'))
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toEqual(['a', 'b'])
    end('a')
    urgent[0]?.resolve()
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toEqual(['a', 'b'])
    end('b')
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toEqual(['a', 'b', 'c'])
    urgent[1]?.reject(new Error('failed'))
    await expect(urgents[1]).rejects.toThrow('failed')
    await new Promise((resolve) => setImmediate(resolve))
    expect(started).toEqual(['a', 'b', 'c', 'd'])
    end('c')
    end('d')
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd'])
  })

  it('takes nothing for urgent any more that goes on for long', async () => {
    const { run, started, end, requests, clock } = setup(2, 1)
    const endless = Promise.withResolvers<void>()
    const urgent = requests.besideUrgent(() => endless.promise)
    const all = [run('a'), run('b')]
    await clock.advance(4999)
    expect(started).toEqual(['a'])
    await clock.advance(1)
    expect(started).toEqual(['a', 'b'])
    const second = requests.besideUrgent(async () => {
      endless.resolve()
      await urgent
      // the end of the first takes nothing from the second
      all.push(run('c'))
      end('a')
      await all[0]
      await clock.advance(0)
      expect(started).toEqual(['a', 'b'])
    })
    await second
    await clock.advance(0)
    expect(started).toEqual(['a', 'b', 'c'])
    end('b')
    end('c')
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
  })
})
