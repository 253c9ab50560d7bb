// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { array, assert, integer, property, tuple, uint8Array, uniqueArray } from 'fast-check'
import { combineParts } from './shamir.ts'

/** By tables of powers of 3, another way than the one under test. */
const powers = Array.from({ length: 255 })
let element = 1
powers.forEach((_, index) => {
  powers[index] = element
  const doubled = (element << 1) ^ (element & 0x80 ? 0x11b : 0)
  element ^= doubled
})
const times = (a: number, b: number): number =>
  a === 0 || b === 0 ? 0 : (powers[(powers.indexOf(a) + powers.indexOf(b)) % 255] as number)

/** One polynomial a byte, its value at 0 the secret. */
function split(secret: Uint8Array, coefficients: readonly Uint8Array[], xs: readonly number[]): Uint8Array[] {
  return xs.map((x) => {
    const ys = secret.map(
      (byte, at) => byte ^ coefficients.reduceRight((sum, each) => times(sum ^ (each[at] ?? 0), x), 0),
    )
    return Uint8Array.of(...ys, x)
  })
}

const bytes = (length: number) => uint8Array({ minLength: length, maxLength: length })

describe('combineParts', () => {
  it('puts a secret together from any of enough parts', () => {
    const threshold = integer({ min: 2, max: 5 })
    const world = threshold.chain((needed) =>
      tuple(
        bytes(32),
        array(bytes(32), { minLength: needed - 1, maxLength: needed - 1 }),
        uniqueArray(integer({ min: 1, max: 255 }), { minLength: needed, maxLength: needed + 2 }),
      ),
    )
    assert(
      property(world, ([secret, coefficients, xs]) => {
        expect(combineParts(split(secret, coefficients, xs))).toEqual(secret)
      }),
    )
  })
  it.each([
    ['one part', [[1, 2]]],
    [
      'parts of different length',
      [
        [1, 2, 1],
        [1, 2],
      ],
    ],
    [
      'the same part twice',
      [
        [1, 2, 1],
        [3, 4, 1],
      ],
    ],
    ['empty parts', [[1], [2]]],
  ])('refuses %s', (_name, parts) => {
    expect(() => combineParts(parts.map((part) => Uint8Array.from(part)))).toThrow(
      expect.objectContaining({ code: 'KeyUnavailable' }),
    )
  })
})
