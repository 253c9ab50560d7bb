// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { percentile, spreadOf } from './statistics.ts'

it.each([
  [[5], 5, 5],
  [[3, 1, 20], 3, 20],
  [[4, 1, 2, 100], 3, 100],
])('%j has the median %d and the maximum %d', (samples, median, max) => {
  expect(spreadOf(samples)).toEqual({ median, p99: max, max, samples })
})

it('refuses no samples', () => {
  expect(() => spreadOf([])).toThrow(/no samples/)
})

it('takes a percentile as the smallest sample that so many do not exceed', () => {
  const samples = Array.from({ length: 200 }, (_, index) => 200 - index)
  expect([percentile(samples, 99), percentile(samples, 50), percentile(samples, 0)]).toEqual([198, 100, 1])
})
