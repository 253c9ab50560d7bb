// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { spreadOf } from './statistics.ts'

it.each([
  [[5], 5, 5],
  [[3, 1, 20], 3, 20],
  [[4, 1, 2, 100], 3, 100],
])('%j has the median %d and the maximum %d', (samples, median, max) => {
  expect(spreadOf(samples)).toEqual({ median, max, samples })
})

it('refuses no samples', () => {
  expect(() => spreadOf([])).toThrow(/no samples/)
})
