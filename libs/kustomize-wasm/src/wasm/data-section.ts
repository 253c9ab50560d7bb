// SPDX-License-Identifier: Apache-2.0
import { sectionsOf } from './sections.ts'
import type { Section } from './sections.ts'
import { readVarint } from './varint.ts'

const startSection = 8
const dataSection = 11
const dataCountSection = 12
const activeSegment = 0
const i32Const = 0x41
const endOfExpression = 0x0b

/** A WebAssembly binary in two parts. */
export interface SplitBinary {
  /** The binary without its data section. */
  readonly code: Uint8Array<ArrayBuffer>
  /** What `writeData` puts into the memory of an instance; empty when the data is in `code` still. */
  readonly data: Uint8Array<ArrayBuffer>
}

/**
 * Copies a WebAssembly binary in two parts. V8 keeps the bytes of a module, and a record of each of its segments, as long as there is an
 * instance: 13 MiB of the engine's are data that is in its memory anyway. Data that is needed later than at the start stays where it is.
 */
export function splitData(binary: Uint8Array): SplitBinary {
  const found = findData(binary)
  if (found === undefined) return { code: new Uint8Array(binary), data: new Uint8Array() }
  const { start, body, end } = found
  const code = new Uint8Array(binary.length - (end - start))
  code.set(binary.subarray(0, start))
  code.set(binary.subarray(end), start)
  return { code, data: new Uint8Array(binary.subarray(body, end)) }
}

/** Does what the start of an instance would have done with its data. Throws a RangeError where the memory is too small. */
export function writeData(data: Uint8Array, memory: Uint8Array): void {
  for (const { offset, start, end } of segments(data)) memory.set(data.subarray(start, end), offset)
}

function findData(binary: Uint8Array): Section | undefined {
  let found: Section | undefined
  for (const section of sectionsOf(binary)) {
    // a start function would see memory without it, and a counted segment can be asked for by instructions
    if (section.id === startSection || section.id === dataCountSection) return undefined
    if (section.id === dataSection) found = section
  }
  return found !== undefined && isPlain(binary.subarray(found.body, found.end)) ? found : undefined
}

function isPlain(data: Uint8Array): boolean {
  try {
    for (const { offset } of segments(data)) if (offset < 0) return false
    return true
  } catch {
    return false
  }
}

interface Segment {
  readonly offset: number
  readonly start: number
  readonly end: number
}

/** Throws a RangeError for a segment whose place is not a plain number. */
function* segments(data: Uint8Array): Generator<Segment> {
  if (data.length === 0) return
  const count = readVarint(data, 0)
  for (let at = count.end, index = 0; index < count.value; index++) {
    if (data[at] !== activeSegment || data[at + 1] !== i32Const)
      throw new RangeError(`segment ${index} has no plain place`)
    const offset = readSigned(data, at + 2)
    if (data[offset.end] !== endOfExpression) throw new RangeError(`segment ${index} has no plain place`)
    const length = readVarint(data, offset.end + 1)
    const end = length.end + length.value
    if (end > data.length) throw new RangeError('the data section is cut off')
    yield { offset: offset.value, start: length.end, end }
    at = end
  }
}

/** A signed number of 32 bits at most. */
function readSigned(data: Uint8Array, start: number): { value: number; end: number } {
  const { value, end } = readVarint(data, start)
  const span = 2 ** (7 * (end - start))
  return { value: value >= span / 2 ? value - span : value, end }
}
