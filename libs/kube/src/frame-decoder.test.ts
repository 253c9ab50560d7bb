// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import * as fc from 'fast-check'
import { FrameDecoder } from './frame-decoder.ts'

function decode(chunks: readonly Buffer[], maxBytes: number = 1024 * 1024): string[] {
  const frames: string[] = []
  const decoder = new FrameDecoder((frame) => frames.push(frame.toString('utf8')), maxBytes)
  for (const chunk of chunks) decoder.push(chunk)
  return frames
}

function bytes(text: string): Buffer[] {
  return [...Buffer.from(text)].map((byte) => Buffer.from([byte]))
}

describe('FrameDecoder', () => {
  const text = '{"a":"ü😀"}\n{"b":2}\n\r\n\n{"unfinished":'
  it('cuts at newlines, whole and byte by byte, and keeps an unfinished frame back', () => {
    const frames = ['{"a":"ü😀"}', '{"b":2}', '\r']
    expect(decode([Buffer.from(text)])).toEqual(frames)
    expect(decode(bytes(text))).toEqual(frames)
  })
  it('gives the same frames however the stream is cut', () => {
    const value = fc.record({ type: fc.constantFrom('ADDED', 'MODIFIED'), text: fc.string({ unit: 'grapheme' }) })
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 8 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 12 }),
        (values, cuts) => {
          const whole = Buffer.from(values.map((each) => `${JSON.stringify(each)}\n`).join(''))
          const at = [...new Set(cuts.map((cut) => Math.min(cut, whole.length)))].toSorted((a, b) => a - b)
          const chunks = [...at, whole.length].map((end, i) => whole.subarray(at[i - 1] ?? 0, end))
          expect(decode(chunks).map((line) => JSON.parse(line) as unknown)).toEqual(values)
        },
      ),
    )
  })
  it('refuses a frame without end', () => {
    expect(() => decode([Buffer.alloc(60, 'x'), Buffer.alloc(60, 'x')], 100)).toThrow(
      expect.objectContaining({ code: 'DecodeFailed' }),
    )
  })
  it('knows what it holds back', () => {
    const decoder = new FrameDecoder(() => {}, 100)
    decoder.push(Buffer.from('abc'))
    expect(decoder.pendingBytes).toBe(3)
    decoder.push(Buffer.from('d\n'))
    expect(decoder.pendingBytes).toBe(0)
  })
})
