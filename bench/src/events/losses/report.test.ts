// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { countOvertaken } from './report.ts'

it('counts what comes behind a later event of its object and its producer', () => {
  expect(countOvertaken([0, 1, 500, 1000, 501], 2000)).toBe(0)
  expect(countOvertaken([0, 1000, 500, 1, 1500], 2000)).toBe(1)
  expect(countOvertaken([0, 1000, 500, 1, 1500], 1000)).toBe(0)
})
