// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { wasm } from './api.ts'
import { limitMemory } from './limit-memory.ts'

const header = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const mebibyte = 1024 * 1024

/** A module that exports its memory "m" of 2 pages, with a custom section before and an export section after it. */
function binaryWith(memorySection: readonly number[]): Uint8Array {
  return Uint8Array.from([...header, 0, 3, 1, 0x78, 9, ...memorySection, 7, 5, 1, 1, 0x6d, 2, 0])
}

interface Growing {
  readonly m: { grow(pages: number): number; readonly buffer: ArrayBuffer }
}

function growTo(binary: Uint8Array, pages: number): number {
  const { m } = new wasm.Instance(new wasm.Module(binary), {}).exports as Growing
  m.grow(pages - m.buffer.byteLength / 65_536)
  return m.buffer.byteLength
}

describe('limitMemory', () => {
  it('sets the maximum and leaves the rest as it is', () => {
    const limited = limitMemory(binaryWith([5, 3, 1, 0, 2]), mebibyte)
    expect(growTo(limited, 16)).toBe(mebibyte)
    expect(() => growTo(limited, 17)).toThrow(RangeError)
  })

  it('replaces a maximum that is there', () => {
    const limited = limitMemory(binaryWith([5, 4, 1, 1, 2, 3]), 512 * mebibyte)
    expect(growTo(limited, 8192)).toBe(512 * mebibyte)
    expect(() => growTo(limited, 8193)).toThrow(RangeError)
  })

  it('refuses a maximum below what the module starts with', () => {
    expect(() => limitMemory(binaryWith([5, 3, 1, 0, 2]), 65_536)).toThrow('needs 131072 bytes')
  })

  it.each([
    ['no memory section', [], 'no memory section'],
    ['two memories', [5, 5, 2, 0, 2, 0, 2], '2 memories'],
  ])('refuses %s', (_name, section, message) => {
    expect(() => limitMemory(binaryWith(section), mebibyte)).toThrow(message)
  })

  it('refuses a binary that is cut off', () => {
    expect(() => limitMemory(Uint8Array.from([...header, 5, 0x80]), mebibyte)).toThrow('cut off')
  })
})
