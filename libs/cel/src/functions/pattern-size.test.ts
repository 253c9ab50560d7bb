// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { measurePattern } from './pattern-size.ts'

it.each([
  ['', 0, 0],
  ['abc', 3, 0],
  ['a{1000}', 1000, 0],
  ['(ab){1000}', 2000, 0],
  ['(a?){1000}(b{2}){3,500}', 3000, 0],
  ['((a{10}){10}){10}', 1000, 0],
  ['a{3,}', 3, 0],
  ['a{0}b', 2, 0],
  ['\\(a\\){2}', 4, 0],
  ['\\pL\\PN{4}', 7, 2],
  ['a{b}', 4, 0],
  ['(((', 0, 0],
])('%s comes to %d steps with %d classes', (pattern, steps, classes) => {
  expect(measurePattern(pattern)).toEqual({ steps, classes })
})
