// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { applyDelta, deltaResultSize } from './delta.ts'

function size(value: number): number[] {
  const bytes = []
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left]
    bytes.push((left % 128) | 0x80)
  }
}

function copy(offset: number, length: number): number[] {
  const bytes = []
  let command = 0x80
  for (let i = 0; i < 4; i++) {
    const byte = Math.floor(offset / 2 ** (8 * i)) & 255
    if (byte !== 0) {
      command |= 1 << i
      bytes.push(byte)
    }
  }
  for (let i = 0; i < 3; i++) {
    const byte = ((length === 0x10000 ? 0 : length) >>> (8 * i)) & 255
    if (byte !== 0) {
      command |= 16 << i
      bytes.push(byte)
    }
  }
  return [command, ...bytes]
}

describe('applyDelta', () => {
  it('copies and inserts', () => {
    const step = fc.oneof(
      fc.record({ offset: fc.nat(69_000), length: fc.integer({ min: 1, max: 70_000 }) }),
      fc.uint8Array({ minLength: 1, maxLength: 127 }),
    )
    const base = Buffer.from(Array.from({ length: 70_000 }, (_, i) => (i * 31) & 255))
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        const parts = steps.map((each) => {
          if (each instanceof Uint8Array) return { bytes: [each.length, ...each], result: Buffer.from(each) }
          const length = Math.min(each.length, base.length - each.offset, 0xffffff)
          return { bytes: copy(each.offset, length), result: base.subarray(each.offset, each.offset + length) }
        })
        const result = Buffer.concat(parts.map((part) => part.result))
        const delta = Buffer.from([
          ...size(base.length),
          ...size(result.length),
          ...parts.flatMap((part) => part.bytes),
        ])
        expect(deltaResultSize(delta)).toBe(result.length)
        expect(applyDelta(base, delta).equals(result)).toBe(true)
      }),
    )
  })
  it('takes a length of zero for 64 KiB', () => {
    const base = Buffer.alloc(0x10000, 'x')
    expect(applyDelta(base, Buffer.from([...size(0x10000), ...size(0x10000), 0x80]))).toEqual(base)
  })
  it.each<[string, number[]]>([
    ['is for another base', [...size(5), ...size(1), 1, 65]],
    ['has an unknown command', [...size(4), ...size(1), 0]],
    ['reads past its end', [...size(4), ...size(5), ...copy(0, 5)]],
    ['reads past its end', [...size(4), ...size(5), 5, 65]],
    ['writes more than it announced', [...size(4), ...size(3), ...copy(0, 4)]],
    ['writes less than it announced', [...size(4), ...size(5), ...copy(0, 4)]],
    ['is cut short', [...size(4), ...size(4), 0x91]],
    ['is cut short', []],
    ['has an oversized length', [255, 255, 255, 255, 255, 255, 255, 1]],
  ])('refuses one that %s', (what, delta) => {
    expect(() => applyDelta(Buffer.from('base'), Buffer.from(delta))).toThrow(
      expect.objectContaining({ code: 'InvalidObject', message: `a delta in the pack ${what}` }),
    )
  })
})
