// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { afterFailure } from './detach.ts'

it.each([
  ['► starting\n✗ it did not start; the end of a.log:\nfirst\nno such flag\n', ['first', 'no such flag']],
  ['✗ one\nold\n► again\n✗ two\n', []],
  ['► starting\n', []],
])('what ended early is shown to its last line: %j', (output, lines) => {
  expect(afterFailure(output)).toEqual(lines)
})
