// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { codeOf } from '@tidelock/errors'
import * as fc from 'fast-check'
import { formatDuration, formatDurationNanos } from './format.ts'
import { parseDuration, parseDurationNanos } from './parse.ts'

const largest = 2n ** 63n - 1n
const minute = 60_000_000_000n

describe('parseDurationNanos', () => {
  // what Go's time.ParseDuration answers
  it.each<[string, bigint]>([
    ['0', 0n],
    ['+0', 0n],
    ['-0', 0n],
    ['5s', 5_000_000_000n],
    ['-5s', -5_000_000_000n],
    ['+5s', 5_000_000_000n],
    ['1478s', 1_478_000_000_000n],
    ['.5s', 500_000_000n],
    ['5.s', 5_000_000_000n],
    ['1.004s', 1_004_000_000n],
    ['100.00100s', 100_001_000_000n],
    ['10ns', 10n],
    ['11us', 11_000n],
    ['12\u00b5s', 12_000n],
    ['12\u03bcs', 12_000n],
    ['13ms', 13_000_000n],
    ['15m', 15n * minute],
    ['16h', 960n * minute],
    ['3h30m', 210n * minute],
    ['10.5s4m', 250_500_000_000n],
    ['-2m3.4s', -123_400_000_000n],
    ['1h2m3s4ms5us6ns', 3_723_004_005_006n],
    ['39h9m14.425s', 140_954_425_000_000n],
    ['52763797000ns', 52_763_797_000n],
    ['0.3333333333333333333h', 20n * minute],
    ['9007199254740993ns', 9_007_199_254_740_993n],
    ['9223372036854775807ns', largest],
    ['9223372036854775.807us', largest],
    ['9223372036s854ms775us807ns', largest],
    ['-9223372036854775808ns', -largest - 1n],
    ['-9223372036854775.808us', -largest - 1n],
    ['-2562047h47m16.854775808s', -largest - 1n],
    ['0.100000000000000000000h', 6n * minute],
    ['0.830103483285477580700h', 2_988_372_539_827n],
  ])('reads %s', (text, nanos) => {
    expect(parseDurationNanos(text)).toBe(nanos)
    expect(parseDuration(text)).toBe(Number(nanos) / 1e6)
  })
  it.each([
    ['', 'time: invalid duration ""'],
    ['3', 'time: missing unit in duration "3"'],
    ['3000000000000000000h', 'time: invalid duration "3000000000000000000h"'],
    ['-', 'time: invalid duration "-"'],
    ['s', 'time: invalid duration "s"'],
    ['.', 'time: invalid duration "."'],
    ['-.', 'time: invalid duration "-."'],
    ['.s', 'time: invalid duration ".s"'],
    ['+.s', 'time: invalid duration "+.s"'],
    ['99999999999999999999d', 'time: invalid duration "99999999999999999999d"'],
    ['1d', 'time: unknown unit "d" in duration "1d"'],
    ['1h 2m', 'time: unknown unit "h " in duration "1h 2m"'],
    ['\u0085\u0085', 'time: invalid duration "\\xc2\\x85\\xc2\\x85"'],
    ['\\"1', 'time: invalid duration "\\\\\\"1"'],
    ['9223372036854775810ns', 'time: invalid duration "9223372036854775810ns"'],
    ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
    ['-9223372036854775809ns', 'time: invalid duration "-9223372036854775809ns"'],
    ['9223372036854776us', 'time: invalid duration "9223372036854776us"'],
    ['3000000h', 'time: invalid duration "3000000h"'],
  ])('refuses %j', (text, message) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'InvalidDuration', message }))
  })
})

describe('formatDuration', () => {
  it.each<[bigint, string]>([
    [0n, '0s'],
    [1n, '1ns'],
    [1_100n, '1.1\u00b5s'],
    [2_200_000n, '2.2ms'],
    [3_300_000_000n, '3.3s'],
    [245_000_000_000n, '4m5s'],
    [245_001_000_000n, '4m5.001s'],
    [18_367_001_000_000n, '5h6m7.001s'],
    [480_000_000_001n, '8m0.000000001s'],
    [60n * minute, '1h0m0s'],
    [151_047_526n, '151.047526ms'],
    [largest, '2562047h47m16.854775807s'],
    [-largest - 1n, '-2562047h47m16.854775808s'],
  ])('writes %s ns', (nanos, text) => {
    expect(formatDurationNanos(nanos)).toBe(text)
  })
  it('takes fractions of a millisecond', () => {
    expect(formatDuration(151.047526)).toBe('151.047526ms')
    expect(formatDuration(0.0001)).toBe('100ns')
    expect(formatDuration(90_000)).toBe('1m30s')
  })
})

it('reads back every duration that it writes', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -largest - 1n, max: largest }), (nanos) => {
      expect(parseDurationNanos(formatDurationNanos(nanos))).toBe(nanos)
    }),
  )
})

/** What parsing gave: nanoseconds, or the code of the error. */
function outcome(text: string): bigint | string {
  try {
    return parseDurationNanos(text)
  } catch (error) {
    return codeOf(error) ?? String(error)
  }
}

it('either reads a text or says that it is no duration', () => {
  const piece = fc.oneof(
    fc.constantFrom('1', '9', '0', '.', '-', '+', 'ns', 'us', 'ms', 's', 'm', 'h', 'd'),
    fc.string(),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
      const result = outcome(pieces.join(''))
      const inRange = typeof result === 'bigint' && result >= -largest - 1n && result <= largest
      expect(inRange || result === 'InvalidDuration').toBe(true)
    }),
  )
})
