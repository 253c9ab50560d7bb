// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { HeadStart } from './head-start.ts'

const key = (name: string) => ({ namespace: 'ns', name })

/** What was seen of a wait when everything that is due has happened. */
async function isOver(wait: Promise<void>): Promise<boolean> {
  let over = false
  void wait.then(() => (over = true))
  await new Promise((resolve) => setImmediate(resolve))
  return over
}

describe('HeadStart', () => {
  it('ends with the last of the runs', async () => {
    const start = new HeadStart(new FakeClock())
    const wait = start.give([key('a'), key('b')], 1000)
    start.ended(key('a'))
    start.ended(key('a'))
    start.ended(key('c'))
    expect(await isOver(wait)).toBe(false)
    start.ended(key('b'))
    expect(await isOver(wait)).toBe(true)
  })

  it('ends when the time is over', async () => {
    const clock = new FakeClock()
    const start = new HeadStart(clock)
    const wait = start.give([key('a')], 1000)
    await clock.advance(999)
    expect(await isOver(wait)).toBe(false)
    await clock.advance(1)
    expect(await isOver(wait)).toBe(true)
    start.ended(key('a'))
  })

  it('keeps two apart', async () => {
    const start = new HeadStart(new FakeClock())
    const [one, other] = [start.give([key('a')], 1000), start.give([key('a'), key('b')], 1000)]
    start.ended(key('a'))
    expect(await isOver(one)).toBe(true)
    expect(await isOver(other)).toBe(false)
  })

  it('has nothing to wait for without objects', async () => {
    expect(await isOver(new HeadStart(new FakeClock()).give([], 1000))).toBe(true)
  })
})
