// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { NotificationError } from '../errors.ts'
import { Lane } from './lane.ts'
import type { Delivery } from './lane.ts'

interface Sent {
  readonly lane: Lane
  readonly clock: FakeClock
  readonly log: string[]
}

function open(concurrency = 2, warmUp = 0): Sent {
  const clock = new FakeClock()
  return { lane: new Lane({ clock, random: () => 0, concurrency, warmUp }), clock, log: [] }
}

/** A delivery that answers as the list says, one answer a try; the last answer again and again. */
function delivery(
  { log }: Sent,
  name: string,
  answers: readonly (NotificationError | 'ok' | Promise<void>)[],
): Delivery {
  let tries = 0
  return {
    object: name.charAt(0),
    expiresAtMs: Number.POSITIVE_INFINITY,
    async send() {
      const answer = answers[Math.min(tries, answers.length - 1)]
      tries++
      log.push(`try ${name}`)
      if (answer instanceof NotificationError) throw answer
      if (answer !== 'ok') await answer
    },
    settle: (failure) => log.push(failure === undefined ? `done ${name}` : `dead ${name}`),
    defer: () => log.push(`defer ${name}`),
    retried: () => log.push(`again ${name}`),
  }
}

// in steps: what a try that failed waits for is known only after it
async function seconds(clock: FakeClock, count: number): Promise<void> {
  for (let second = 0; second < count; second++) await clock.advance(1000)
}

const passing = (retryAfterMs?: number): NotificationError =>
  new NotificationError('Unavailable', 'x', { details: retryAfterMs === undefined ? {} : { retryAfterMs } })
const refused = new NotificationError('Refused', 'x')

it('sends what is about different objects side by side, and keeps the order of one object', async () => {
  const sent = open()
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const each of [delivery(sent, 'a1', [promise]), delivery(sent, 'a2', ['ok']), delivery(sent, 'b1', ['ok'])])
    sent.lane.add(each)
  await sent.clock.advance(0)
  expect(sent.log).toEqual(['try a1', 'try b1', 'done b1'])
  resolve()
  await sent.clock.advance(0)
  expect(sent.log.slice(3)).toEqual(['done a1', 'try a2', 'done a2'])
  expect(sent.lane.size).toBe(0)
})

it('probes a service that fails with one at a time, later each time, and goes on when it is back', async () => {
  const sent = open()
  sent.lane.add(delivery(sent, 'a', [passing(), passing(), 'ok']))
  sent.lane.add(delivery(sent, 'b', ['ok']))
  sent.lane.add(delivery(sent, 'c', [passing(), 'ok']))
  await sent.clock.advance(0)
  expect(sent.log).toEqual(['try a', 'try b', 'again a', 'done b', 'try c', 'again c'])
  await sent.clock.advance(999)
  expect(sent.log).toHaveLength(6)
  await seconds(sent.clock, 20)
  expect(sent.log.slice(6).filter((line) => line.startsWith('done'))).toEqual(['done c', 'done a'])
})

it('waits as long as the service asks', async () => {
  const sent = open()
  sent.lane.add(delivery(sent, 'a', [passing(60_000), 'ok']))
  await sent.clock.advance(0)
  await sent.clock.advance(59_999)
  expect(sent.log).toEqual(['try a', 'again a'])
  await sent.clock.advance(1)
  expect(sent.log.at(-1)).toBe('done a')
})

it('gives up at once what is refused, and after a few tries what is misconfigured', async () => {
  const sent = open()
  sent.lane.add(delivery(sent, 'a', [refused]))
  await sent.clock.advance(0)
  expect(sent.log).toEqual(['try a', 'dead a'])
  expect(sent.lane.isFailing).toBe(false)
  sent.lane.add(delivery(sent, 'b', [new NotificationError('InvalidConfig', 'x')]))
  await seconds(sent.clock, 100)
  expect(sent.log.filter((line) => line === 'try b')).toHaveLength(6)
  expect(sent.log.at(-1)).toBe('dead b')
})

it('gives up what is too old', async () => {
  const sent = open()
  sent.lane.add({ ...delivery(sent, 'a', [passing()]), expiresAtMs: sent.clock.now() + 10_000 })
  await seconds(sent.clock, 60)
  expect(sent.log.at(-1)).toBe('dead a')
})

it('tries again at once when it is woken', async () => {
  const sent = open()
  sent.lane.add(delivery(sent, 'a', [passing(), 'ok']))
  await sent.clock.advance(0)
  sent.lane.wake()
  await sent.clock.advance(0)
  expect(sent.log).toEqual(['try a', 'again a', 'try a', 'done a'])
})

it('defers the newest when it shall keep less, and never what is on its way', async () => {
  const sent = open(1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const names = ['a1', 'a2', 'b1', 'b2', 'c1']
  for (const name of names) sent.lane.add(delivery(sent, name, name === 'a1' ? [promise] : ['ok']))
  await sent.clock.advance(0)
  sent.lane.shed(2)
  expect(sent.lane.size).toBe(2)
  resolve()
  await seconds(sent.clock, 1)
  expect(sent.log.filter((line) => line.startsWith('defer'))).toHaveLength(3)
  expect(sent.log.filter((line) => line.startsWith('done'))).toHaveLength(2)
  expect(sent.log).toContain('done a1')
  expect(sent.lane.size).toBe(0)
})

it('begins with one at a time, and takes one more each time that so many were sent', async () => {
  const sent = open(3, 2)
  const stuck = Array.from({ length: 9 }, () => Promise.withResolvers<void>())
  for (const [index, { promise }] of stuck.entries())
    sent.lane.add(delivery(sent, 'abcdefghi'.charAt(index), [promise]))
  const underWay: number[] = []
  for (const [done, { resolve }] of stuck.entries()) {
    underWay.push(sent.log.filter((line) => line.startsWith('try')).length - done)
    resolve()
    await sent.clock.advance(0)
  }
  expect(underWay).toEqual([1, 1, 2, 2, 3, 3, 3, 2, 1])
})
