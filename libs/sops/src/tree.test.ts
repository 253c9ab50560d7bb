// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { leafBytes, leafText, RawText, Timestamp } from './tree.ts'
import type { Comment, Leaf } from './tree.ts'

const text = (bytes: string | Uint8Array): string => Buffer.from(bytes as string).toString('latin1')

describe('a leaf', () => {
  // what strconv.FormatFloat(x, 'f', -1, 64) and (x, 'G', -1, 64) of Go give
  it.each<[Exclude<Leaf, Comment>, string, string]>([
    [1.5, '1.5', '1.5'],
    [1, '1', '1.0'],
    [0, '0', '0.0'],
    [-0, '-0', '-0.0'],
    [1e-7, '0.0000001', '1E-07'],
    [-1.25e-10, '-0.000000000125', '-1.25E-10'],
    [0.0001, '0.0001', '0.0001'],
    [123456789.25, '123456789.25', '1.2345678925E+08'],
    [123456, '123456', '123456.0'],
    [1234567, '1234567', '1.234567E+06'],
    [1e21, '1000000000000000000000', '1E+21'],
    [1.5e300, `15${'0'.repeat(299)}`, '1.5E+300'],
    [Infinity, '+Inf', '+Inf'],
    [NaN, 'NaN', 'NaN'],
    [9007199254740993n, '9007199254740993', '9007199254740993'],
    [true, 'True', 'true'],
    [false, 'False', 'false'],
    ['a\nb', 'a\nb', 'a\nb'],
    [new Timestamp('2024-01-02T03:04:05.678Z'), '2024-01-02T03:04:05.678Z', '2024-01-02T03:04:05Z'],
    [new RawText(Uint8Array.of(0xff)), '\xff', '\xff'],
    [Uint8Array.of(1, 2), '\x01\x02', '[1 2]'],
  ])('%p is %j in the MAC and %j in flat files', (leaf, inMac, inFile) => {
    expect(text(leafBytes(leaf))).toBe(inMac)
    expect(text(leafText(leaf))).toBe(inFile)
  })
})
