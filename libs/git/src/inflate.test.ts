// SPDX-License-Identifier: Apache-2.0
import { constants, deflateSync, inflateSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { Inflater, invalid, truncated } from './inflate.ts'

const inflater = new Inflater()

/** Text-like, random, and repetitive bytes, so that every kind of block comes up. */
const content = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }),
  fc.string({ maxLength: 2000 }).map((text) => Buffer.from(text)),
  fc
    .array(fc.tuple(fc.constantFrom('apiVersion: v1\n', 'kind: ConfigMap\n', 'a', '  name: x\n'), fc.nat(300)), {
      maxLength: 20,
    })
    .map((runs) => Buffer.from(runs.map(([text, times]) => text.repeat(times)).join(''))),
)
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    constants.Z_DEFAULT_STRATEGY,
    constants.Z_FIXED,
    constants.Z_HUFFMAN_ONLY,
    constants.Z_RLE,
    constants.Z_FILTERED,
  ),
})

describe('Inflater', () => {
  it('inflates what zlib deflates, and says where the stream ends', () => {
    fc.assert(
      fc.property(content, settings, fc.uint8Array({ maxLength: 20 }), fc.nat(10), (bytes, options, after, before) => {
        const deflated = deflateSync(bytes, options)
        const input = Buffer.concat([Buffer.alloc(before), deflated, after])
        const output = Buffer.alloc(bytes.length)
        expect(inflater.inflate(input, before, output)).toBe(before + deflated.length)
        expect(output.equals(bytes)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
  it('asks for more wherever the input is cut', () => {
    for (const options of [{ level: 0 }, { strategy: constants.Z_FIXED }, { level: 9 }]) {
      const bytes = Buffer.from('kind: Deployment\nmetadata:\n  name: podinfo\n'.repeat(9) + 'x')
      const deflated = deflateSync(bytes, options)
      for (let length = 0; length < deflated.length; length++) {
        expect(inflater.inflate(deflated.subarray(0, length), 0, Buffer.alloc(bytes.length))).toBe(truncated)
      }
    }
  })
  it('refuses any other length than the given one', () => {
    const deflated = deflateSync(Buffer.from('hello hello hello'))
    for (const length of [0, 1, 16, 18, 100]) expect(inflater.inflate(deflated, 0, Buffer.alloc(length))).toBe(invalid)
    expect(inflater.inflate(deflateSync(Buffer.alloc(0)), 0, Buffer.alloc(0))).toBe(8)
  })
  it('accepts no changed stream that zlib refuses, and reads one that zlib accepts as zlib does', () => {
    fc.assert(
      fc.property(content, settings, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, options, where, flip) => {
        const changed = deflateSync(bytes, options)
        changed[where % changed.length]! ^= flip
        const output = Buffer.alloc(bytes.length)
        const result = inflater.inflate(changed, 0, output)
        fc.pre(result >= 0)
        expect(inflateSync(changed).equals(output)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })
  it('never reads or writes out of bounds, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(300), (bytes, size) => {
        // a valid header makes the rest reach the decoder
        const input = Buffer.concat([Buffer.of(0x78, 0x9c), bytes])
        const result = inflater.inflate(input, 0, Buffer.alloc(size))
        expect(result === truncated || result === invalid || (result > 0 && result <= input.length)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
  it.each([
    ['another method', [0x77, 0x85]],
    ['a header with a wrong check', [0x78, 0x9d]],
    ['a preset dictionary', [0x78, 0xbb]],
    ['too large a window', [0x88, 0x98]],
    ['the reserved kind of block', [0x78, 0x9c, 0x07]],
  ])('refuses %s', (_name, bytes) => {
    expect(inflater.inflate(Buffer.from([...bytes, 0, 0, 0, 0, 0, 0, 0, 0]), 0, Buffer.alloc(4))).toBe(invalid)
  })
  it('refuses a wrong checksum', () => {
    const deflated = deflateSync(Buffer.from('hello'))
    deflated[deflated.length - 1]! ^= 1
    expect(inflater.inflate(deflated, 0, Buffer.alloc(5))).toBe(invalid)
  })
})
