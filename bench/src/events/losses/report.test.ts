// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { countOvertaken } from './report.ts'

it('counts what comes behind a later event of its object', () => {
  expect(countOvertaken([0, 1, 500, 1000, 501])).toBe(0)
  expect(countOvertaken([0, 1000, 500, 1, 1500])).toBe(1)
})
