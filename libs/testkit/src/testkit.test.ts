// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { checkConditions } from './check-conditions.ts'
import { eventually } from './eventually.ts'
import { FakeClock } from './fake-clock.ts'

describe('FakeClock', () => {
  it('fires timers in order and stops where the test stops', async () => {
    const clock = new FakeClock(1000)
    const fired: string[] = []
    clock.setTimeout(() => fired.push('b'), 20)
    clock.setTimeout(() => {
      fired.push('a')
      clock.setTimeout(() => fired.push('nested'), 5)
    }, 10)
    const cancel = clock.setTimeout(() => fired.push('never'), 12)
    cancel()
    await clock.advance(19)
    expect(fired).toEqual(['a', 'nested'])
    await clock.advance(1)
    expect(fired).toEqual(['a', 'nested', 'b'])
    expect(clock.now()).toBe(1020)
    expect(clock.monotonic()).toBe(20)
  })
  it('ends a sleep early on abort', async () => {
    const clock = new FakeClock()
    const controller = new AbortController()
    const sleeping = clock.sleep(1000, controller.signal)
    controller.abort(new Error('stop'))
    await expect(sleeping).rejects.toThrow('stop')
    expect(clock.pending).toBe(0)
  })
})

describe('eventually', () => {
  it('returns the first success and throws the last failure', async () => {
    let tries = 0
    const value = await eventually(() => {
      tries += 1
      if (tries < 3) throw new Error(`try ${tries}`)
      return tries
    })
    expect(value).toBe(3)
    const never = eventually(() => Promise.reject(new Error('never')), { timeoutMs: 10, intervalMs: 1 })
    await expect(never).rejects.toThrow('never')
  })
})

describe('checkConditions', () => {
  const at = { lastTransitionTime: '2026-01-01T00:00:00Z' }
  it.each([
    [
      'a ready object',
      { observedGeneration: 2, conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', ...at }] },
      0,
    ],
    ['no status', undefined, 1],
    [
      'ready behind its generation',
      { observedGeneration: 1, conditions: [{ type: 'Ready', status: 'True', reason: 'Succeeded', ...at }] },
      1,
    ],
    [
      'stalled and reconciling',
      {
        conditions: [
          { type: 'Ready', status: 'False', reason: 'X', ...at },
          { type: 'Stalled', status: 'True', reason: 'X', ...at },
          { type: 'Reconciling', status: 'True', reason: 'X', ...at },
        ],
      },
      1,
    ],
  ])('%s', (_name, status, problems) => {
    expect(checkConditions({ metadata: { generation: 2 }, status })).toHaveLength(problems)
  })
})
