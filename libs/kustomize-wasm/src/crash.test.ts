// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { classifyCrash } from './crash.ts'

function overflow(): unknown {
  const recurse = (): number => recurse() + 1
  try {
    return recurse()
  } catch (error) {
    return error
  }
}

describe('classifyCrash', () => {
  const trap = new Error('unreachable')
  it.each([
    ['memory', trap, 'runtime: out of memory: cannot allocate 524288-byte block (508395520 in use)\n'],
    ['memory', trap, 'fatal error: runtime: cannot allocate memory\n'],
    ['stack', overflow(), ''],
    ['stack', trap, 'runtime: goroutine stack exceeds 1000000000-byte limit\n'],
    ['other', trap, 'fatal error: all goroutines are asleep - deadlock!\n'],
    ['other', new RangeError('offset is out of bounds'), ''],
    ['other', 'thrown text', ''],
  ])('%s', (kind, error, output) => {
    expect(classifyCrash(error, output)).toBe(kind)
  })
})
