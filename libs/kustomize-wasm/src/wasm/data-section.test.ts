// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { wasm } from './api.ts'
import { splitData, writeData } from './data-section.ts'

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const memory = [5, 3, 1, 0, 1]
const exported = [7, 5, 1, 1, 0x6d, 2, 0]
const custom = [0, 3, 1, 0x78, 9]
/** "abc" at 5, "z" at 0x10000 - 1. */
const data = [11, 17, 2, 0, 0x41, 5, 0x0b, 3, 0x61, 0x62, 0x63, 0, 0x41, 0xff, 0xff, 0x03, 0x0b, 1, 0x7a]

interface WithMemory {
  readonly m: { readonly buffer: ArrayBuffer }
}

function memoryOf(binary: Uint8Array): Uint8Array {
  const { m } = new wasm.Instance(new wasm.Module(binary), {}).exports as WithMemory
  return new Uint8Array(m.buffer)
}

describe('splitData and writeData', () => {
  it('make the memory that the whole binary would have made', () => {
    const whole = Uint8Array.from([...header, ...memory, ...exported, ...data, ...custom])
    const split = splitData(whole)
    expect([...split.code]).toEqual([...header, ...memory, ...exported, ...custom])
    const made = memoryOf(split.code)
    expect(made.some((byte) => byte !== 0)).toBe(false)
    writeData(split.data, made)
    expect(Buffer.compare(made, memoryOf(whole))).toBe(0)
    expect(Buffer.from(made.subarray(5, 8)).toString()).toBe('abc')
  })

  it('leave a binary without data as it is', () => {
    const whole = Uint8Array.from([...header, ...memory, ...exported])
    const split = splitData(whole)
    expect(split).toEqual({ code: whole, data: new Uint8Array() })
    expect(() => writeData(split.data, new Uint8Array())).not.toThrow()
  })

  it.each([
    ['that instructions may ask for', [...memory, ...exported, 12, 1, 2, ...data]],
    ['that a start function would see', [...memory, ...exported, 8, 1, 0, ...data]],
    ['that is passive', [...memory, 11, 4, 1, 1, 1, 0x61]],
    ['at a place that is computed', [...memory, 11, 6, 1, 0, 0x23, 0, 0x0b, 0]],
    ['before the memory', [...memory, 11, 7, 1, 0, 0x41, 0x7f, 0x0b, 1, 0x61]],
    ['that is cut off', [...memory, 11, 6, 1, 0, 0x41, 5, 0x0b, 9]],
  ])('leave data %s', (_what, sections) => {
    const whole = Uint8Array.from([...header, ...sections])
    expect(splitData(whole)).toEqual({ code: whole, data: new Uint8Array() })
  })

  it('refuse a memory that is too small', () => {
    const { data: taken } = splitData(Uint8Array.from([...header, ...memory, ...data]))
    expect(() => writeData(taken, new Uint8Array(100))).toThrow('out of bounds')
  })
})
