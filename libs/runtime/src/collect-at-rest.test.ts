// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { RestCollector } from './collect-at-rest.ts'

function collector(): { clock: FakeClock; rest: RestCollector; collections: () => number } {
  const clock = new FakeClock()
  let count = 0
  const rest = new RestCollector(clock, () => void count++)
  return { clock, rest, collections: () => count }
}

it('collects once, seventy seconds after the last work', async () => {
  const { clock, rest, collections } = collector()
  rest.worked()
  await clock.advance(60_000)
  rest.worked()
  await clock.advance(69_000)
  expect(collections()).toBe(0)
  await clock.advance(1_000)
  expect(collections()).toBe(1)
  await clock.advance(600_000)
  expect(collections()).toBe(1)
})

it('collects again after more work', async () => {
  const { clock, rest, collections } = collector()
  rest.worked()
  await clock.advance(70_000)
  rest.worked()
  await clock.advance(70_000)
  expect(collections()).toBe(2)
})

it('leaves nothing behind that waits', async () => {
  const { clock, rest, collections } = collector()
  rest.worked()
  rest.stop()
  rest.worked()
  await clock.advance(600_000)
  expect([collections(), clock.pending]).toEqual([0, 0])
})
