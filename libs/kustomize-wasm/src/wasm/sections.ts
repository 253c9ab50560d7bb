// SPDX-License-Identifier: Apache-2.0
import { readVarint } from './varint.ts'

const headerBytes = 8

/** A section of a WebAssembly binary, by places in it. */
export interface Section {
  readonly id: number
  /** Of its id. */
  readonly start: number
  /** Of what follows its size. */
  readonly body: number
  /** Of the byte after it. */
  readonly end: number
}

/** The sections of a WebAssembly binary, in order. Throws a RangeError when it is cut off in the head of one. */
export function* sectionsOf(binary: Uint8Array): Generator<Section> {
  for (let at = headerBytes; at < binary.length;) {
    const size = readVarint(binary, at + 1)
    const end = size.end + size.value
    yield { id: binary[at] ?? 0, start: at, body: size.end, end }
    at = end
  }
}
