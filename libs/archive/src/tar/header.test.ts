// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { decodeHeader } from './decode-header.ts'
import { encodeHeader } from './encode-header.ts'
import { parsePax } from './pax.ts'

/** What a reader makes of the blocks of one entry. */
function decode(blocks: Buffer): { path: string; size: number; mode: number } | undefined {
  const first = decodeHeader(blocks.subarray(0, 512))
  if (first?.typeflag !== 'x') return first && { path: first.name, size: first.size, mode: first.mode }
  const records = parsePax(blocks.subarray(512, 512 + first.size))
  const second = decodeHeader(blocks.subarray(512 + Math.ceil(first.size / 512) * 512))
  return second && { path: records.path ?? second.name, size: records.size ?? second.size, mode: second.mode }
}

describe('headers', () => {
  it('come back as they were', () => {
    const segment = fc.string({
      unit: fc.constantFrom('a', 'b', '.', 'é', '🚀', '\n', '\u007f'),
      minLength: 1,
      maxLength: 90,
    })
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'))
    const size = fc.oneof(fc.nat(), fc.constantFrom(8 ** 11 - 1, 8 ** 11, 2 ** 40))
    fc.assert(
      fc.property(path, size, fc.constantFrom(0o600, 0o700), (name, bytes, mode) => {
        const encoded = encodeHeader({ path: name, size: bytes, mode, type: 'file' })
        expect(encoded.length % 512).toBe(0)
        expect(decode(encoded)).toEqual({ path: name, size: bytes, mode })
      }),
      { numRuns: 1000 },
    )
  })
  it('count the digits of a record in its own length', () => {
    // at these lengths the length grows by a digit because of itself
    for (const length of [89, 90, 91, 92, 93, 988, 989, 990, 991, 992]) {
      const path = 'é'.repeat(length)
      expect(decode(encodeHeader({ path, size: 0, mode: 0, type: 'file' }))?.path).toBe(path)
    }
  })
  it('take an empty record back', () => {
    expect(parsePax(Buffer.from('8 path=\n8 size=\n'))).toEqual({})
  })
})
