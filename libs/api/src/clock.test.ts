// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { systemClock } from './clock.ts'

describe('systemClock', () => {
  beforeEach(() => void jest.useFakeTimers())
  afterEach(() => void jest.useRealTimers())

  it('calls once, also after more than the longest timer of the platform, and not when cancelled', () => {
    const days = 30 * 24 * 3600 * 1000
    const fired: string[] = []
    systemClock.setTimeout(() => fired.push('long'), days)
    systemClock.setTimeout(() => fired.push('short'), 10)
    const cancel = systemClock.setTimeout(() => fired.push('cancelled'), days)
    jest.advanceTimersByTime(10)
    expect(fired).toEqual(['short'])
    jest.advanceTimersByTime(days - 11)
    cancel()
    expect(fired).toEqual(['short'])
    jest.advanceTimersByTime(1)
    expect(fired).toEqual(['short', 'long'])
    expect(jest.getTimerCount()).toBe(0)
  })
  it('sleeps until the time has passed, or the signal aborts', async () => {
    const controller = new AbortController()
    const slept = systemClock.sleep(1000)
    const aborted = systemClock.sleep(1000, controller.signal)
    controller.abort(new Error('stop'))
    await expect(aborted).rejects.toThrow('stop')
    await expect(systemClock.sleep(1000, controller.signal)).rejects.toThrow('stop')
    jest.advanceTimersByTime(1000)
    await expect(slept).resolves.toBeUndefined()
    expect(jest.getTimerCount()).toBe(0)
  })
})

it('systemClock reads the time and never goes back', () => {
  const before = systemClock.monotonic()
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(60_000)
  expect(systemClock.monotonic()).toBeGreaterThanOrEqual(before)
})
