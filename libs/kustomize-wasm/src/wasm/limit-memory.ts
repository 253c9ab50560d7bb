// SPDX-License-Identifier: Apache-2.0
import { sectionsOf } from './sections.ts'
import { readVarint, varint } from './varint.ts'

const pageBytes = 65_536
const memorySection = 5

/**
 * Returns a copy of a WebAssembly binary whose own memory cannot grow beyond `maxBytes`, rounded down to pages.
 * Go's linker sets no maximum. Throws a RangeError when the binary has no memory or needs more from the start.
 */
export function limitMemory(binary: Uint8Array, maxBytes: number): Uint8Array<ArrayBuffer> {
  const maxPages = Math.min(Math.floor(maxBytes / pageBytes), pageBytes)
  for (const { id, start, body, end } of sectionsOf(binary)) {
    if (id !== memorySection) continue
    const before = binary.subarray(0, start)
    return concat(before, memorySectionWith(minimumPages(binary, body), maxPages), binary.subarray(end))
  }
  throw new RangeError('the WebAssembly binary has no memory section')
}

/** Layout: count, then for each memory its flags, its minimum and, with flag 1, its maximum. */
function minimumPages(binary: Uint8Array, start: number): number {
  const count = readVarint(binary, start)
  if (count.value !== 1) throw new RangeError(`the WebAssembly binary has ${count.value} memories, expected one`)
  return readVarint(binary, count.end + 1).value
}

function memorySectionWith(minPages: number, maxPages: number): Uint8Array {
  if (minPages > maxPages) {
    throw new RangeError(
      `the engine needs ${minPages * pageBytes} bytes of memory, the maximum is ${maxPages * pageBytes}`,
    )
  }
  const body = [1, 1, ...varint(minPages), ...varint(maxPages)]
  return Uint8Array.from([memorySection, ...varint(body.length), ...body])
}

function concat(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
