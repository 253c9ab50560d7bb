// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { createDropLog } from './drop-log.ts'

it('says it at once, then once a minute with how many there were', async () => {
  const clock = new FakeClock()
  const said: number[] = []
  const drop = createDropLog(clock, (count) => said.push(count))
  for (let each = 0; each < 5; each++) drop()
  expect(said).toEqual([1])
  await clock.advance(60_000)
  drop()
  drop()
  expect(said).toEqual([1, 5])
})
