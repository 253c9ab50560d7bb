// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { assert, dictionary, letrec, property, constantFrom, array, integer } from 'fast-check'
import { applyMerge, diffMerge } from './merge-patch.ts'

describe('diffMerge', () => {
  it.each([
    [{ a: 1 }, { a: 1 }, undefined],
    [{ a: 1 }, { a: 2, b: { c: 3 } }, { a: 2, b: { c: 3 } }],
    [{ a: { b: 1, c: 2 } }, { a: { b: 1, c: 3 } }, { a: { c: 3 } }],
    [{ a: 1, b: 2 }, { a: 1 }, { b: null }],
    [{ a: 1 }, { a: undefined }, { a: null }],
    [{ a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
    [undefined, { a: 1 }, { a: 1 }],
    [{ a: {} }, {}, { a: null }],
    [{}, {}, undefined],
  ])('%j to %j is %j', (before, after, patch) => {
    expect(diffMerge(before, after)).toEqual(patch)
  })
  it('applied to what it was taken from gives what it was taken to', () => {
    const { value } = letrec((tie) => ({
      leaf: constantFrom<unknown>(1, 'x', true, [1], [{ a: 1 }]),
      value: dictionary(
        constantFrom('a', 'b', 'c'),
        constantFrom<unknown>(1, 2).chain((leaf) => {
          return leaf === 1 ? tie('value') : array(integer({ max: 2 }), { maxLength: 2 })
        }),
        { maxKeys: 3 },
      ),
    }))
    const roundTrip = property(value, value, (before, after) => {
      const patch = diffMerge(before, after) ?? {}
      expect(applyMerge(before, patch)).toEqual(after)
    })
    assert(roundTrip)
  })
})
