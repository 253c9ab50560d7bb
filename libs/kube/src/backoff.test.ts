// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { Backoff } from './backoff.ts'

describe('Backoff', () => {
  it('doubles to its bound and begins again after a reset', () => {
    const backoff = new Backoff({ min: 100, max: 1000 }, () => 1)
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.next())).toEqual([100, 200, 400, 800, 1000, 1000])
    expect(backoff.failures).toBe(6)
    backoff.reset()
    expect(backoff.next()).toBe(100)
  })
  it('stays within half and whole of the bound, however many failures', () => {
    fc.assert(
      fc.property(fc.nat({ max: 3000 }), fc.double({ min: 0, max: 1, noNaN: true }), (failures, random) => {
        const backoff = new Backoff({ min: 500, max: 30_000 }, () => random)
        for (let i = 0; i < failures; i += 1) backoff.next()
        const delay = backoff.next()
        expect(delay).toBeGreaterThanOrEqual(250)
        expect(delay).toBeLessThanOrEqual(30_000)
      }),
      { numRuns: 30 },
    )
  })
})
