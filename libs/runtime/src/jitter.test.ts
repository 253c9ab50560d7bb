// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, double, integer, property } from 'fast-check'
import { jitteredInterval } from './jitter.ts'

describe('jitteredInterval', () => {
  it.each([
    [600_000, 5, 0, 570_000],
    [600_000, 5, 0.5, 600_000],
    [600_000, 10, 0.75, 630_000],
    [600_000, 0, 0, 600_000],
    [600_000, 100, 0, 600_000],
  ])('%d ms, %d %%, draw %d: %d ms', (ms, percent, draw, expected) => {
    expect(jitteredInterval(ms, percent, () => draw)).toBeCloseTo(expected)
  })
  it('stays within the share', () => {
    const draw = double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
    const isWithin = property(
      integer({ min: 1, max: 1e9 }),
      integer({ min: 0, max: 99 }),
      draw,
      (ms, percent, random) => {
        const share = jitteredInterval(ms, percent, () => random) / ms - 1
        expect(Math.abs(share)).toBeLessThanOrEqual(percent / 100 + 1e-9)
      },
    )
    assert(isWithin)
  })
})
