// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock } from '@tidelock/testkit'
import { RateLimiter } from './rate-limiter.ts'

describe('RateLimiter', () => {
  it('lets a burst through, then the rate, in order', async () => {
    const clock = new FakeClock()
    const limiter = new RateLimiter({ qps: 10, burst: 3 }, clock)
    const passed: number[] = []
    for (let i = 0; i < 6; i += 1) void limiter.take().then(() => passed.push(i))
    await clock.advance(0)
    expect(passed).toEqual([0, 1, 2])
    await clock.advance(99)
    expect(passed).toEqual([0, 1, 2])
    await clock.advance(1)
    expect(passed).toEqual([0, 1, 2, 3])
    await clock.advance(200)
    expect(passed).toEqual([0, 1, 2, 3, 4, 5])
  })
  it('refills no further than the burst', async () => {
    const clock = new FakeClock()
    const limiter = new RateLimiter({ qps: 10, burst: 2 }, clock)
    await clock.advance(60_000)
    let passed = 0
    for (let i = 0; i < 5; i += 1) void limiter.take().then(() => (passed += 1))
    await clock.advance(0)
    expect(passed).toBe(2)
  })
  it('gives a waiter up on abort', async () => {
    const clock = new FakeClock()
    const limiter = new RateLimiter({ qps: 1, burst: 1 }, clock)
    await limiter.take()
    const controller = new AbortController()
    const waiting = limiter.take(controller.signal)
    controller.abort(new Error('given up'))
    await expect(waiting).rejects.toThrow('given up')
  })
})
