// SPDX-License-Identifier: Apache-2.0
import { sectionsOf } from './sections.ts'
import type { Section } from './sections.ts'
import { readVarint, varint } from './varint.ts'

const globalSection = 6
const exportSection = 7
const exportedGlobal = 3
const mutable = 1
const i32Const = 0x41
const i64Const = 0x42
const endOfExpression = 0x0b
const prefix = 'tidelock global '

/** Whether an export of an instance is one of those that `exportGlobals` added. */
export function isExportedGlobal(name: string): boolean {
  return name.startsWith(prefix)
}

/**
 * A copy of a WebAssembly binary that also exports each of its own mutable globals: with its memory they are all that changes in an instance
 * of Go's, which imports none (imported ones would be counted before its own). Throws a RangeError for a binary that has no exports, or
 * begins a global with another value than a whole number.
 */
export function exportGlobals(binary: Uint8Array): Uint8Array<ArrayBuffer> {
  const globals = mutableGlobals(binary)
  const section = findSection(binary, exportSection)
  if (section === undefined) throw new RangeError('the WebAssembly binary exports nothing')
  const count = readVarint(binary, section.body)
  const added = globals.flatMap((index) => {
    const name = Buffer.from(`${prefix}${index}`)
    return [...varint(name.length), ...name, exportedGlobal, ...varint(index)]
  })
  const head = varint(count.value + globals.length)
  const size = varint(head.length + (section.end - count.end) + added.length)
  const parts = [
    binary.subarray(0, section.start),
    Uint8Array.from([exportSection, ...size, ...head]),
    binary.subarray(count.end, section.end),
    Uint8Array.from(added),
    binary.subarray(section.end),
  ]
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function findSection(binary: Uint8Array, wanted: number): Section | undefined {
  for (const section of sectionsOf(binary)) if (section.id === wanted) return section
  return undefined
}

/** The indexes of the mutable globals; each is a type, a flag and a constant expression. */
function mutableGlobals(binary: Uint8Array): number[] {
  const section = findSection(binary, globalSection)
  if (section === undefined) return []
  const found: number[] = []
  const count = readVarint(binary, section.body)
  for (let at = count.end, index = 0; index < count.value; index++) {
    if (binary[at + 1] === mutable) found.push(index)
    const instruction = binary[at + 2]
    const end = readVarint(binary, at + 3).end
    if ((instruction !== i32Const && instruction !== i64Const) || binary[end] !== endOfExpression)
      throw new RangeError(`global ${index} of the WebAssembly binary does not begin with a plain number`)
    at = end + 1
  }
  return found
}
