// SPDX-License-Identifier: Apache-2.0

const fastBits = 9
const maxBits = 15

/**
 * A canonical Huffman code (RFC 1951, 3.2.2), rebuilt in place for each block. Codes of up to nine bits are read from a
 * table, longer ones bit by bit.
 */
export class Huffman {
  /** By the next nine bits of input: symbol << 4 | length of its code; 0 for longer or unused codes. */
  readonly fast: Uint16Array = new Uint16Array(1 << fastBits)
  readonly #count = new Uint16Array(maxBits + 1)
  readonly #offsets = new Uint16Array(maxBits + 1)
  /** Symbols ordered by code. */
  readonly #symbols: Uint16Array

  constructor(symbols: number) {
    this.#symbols = new Uint16Array(symbols)
  }

  /**
   * Sets the code from the lengths in `lengths[start, end)`; 0 means unused. False when the lengths are no code: more
   * codes than fit, or fewer, except a code of one symbol (or none), which zlib accepts for distances.
   */
  build(lengths: Uint8Array, start: number, end: number, allowIncomplete: boolean): boolean {
    const count = this.#count.fill(0)
    for (let i = start; i < end; i++) count[lengths[i]!]!++
    count[0] = 0
    let left = 1
    let longest = 0
    for (let length = 1; length <= maxBits; length++) {
      left = left * 2 - count[length]!
      if (left < 0) return false
      if (count[length]! > 0) longest = length
    }
    if (left > 0 && !(allowIncomplete && longest <= 1)) return false
    this.#order(lengths, start, end)
    this.#fill()
    return true
  }

  /** Reads one symbol bit by bit from the low bits of `bits`: symbol << 4 | length; -1 when `available` are too few, -2 when no code. */
  slow(bits: number, available: number): number {
    let code = 0
    let first = 0
    let index = 0
    for (let length = 1; length <= maxBits; length++) {
      if (length > available) return -1
      code |= (bits >>> (length - 1)) & 1
      const count = this.#count[length]!
      if (code - count < first) return (this.#symbols[index + (code - first)]! << 4) | length
      index += count
      first = (first + count) << 1
      code <<= 1
    }
    return -2
  }

  #order(lengths: Uint8Array, start: number, end: number): void {
    const offsets = this.#offsets
    offsets[1] = 0
    for (let length = 1; length < maxBits; length++) offsets[length + 1] = offsets[length]! + this.#count[length]!
    for (let i = start; i < end; i++) {
      const length = lengths[i]!
      if (length !== 0) this.#symbols[offsets[length]!++] = i - start
    }
  }

  #fill(): void {
    const fast = this.fast.fill(0)
    let code = 0
    let index = 0
    for (let length = 1; length <= fastBits; length++) {
      for (let left = this.#count[length]!; left > 0; left--) {
        const entry = (this.#symbols[index++]! << 4) | length
        const step = 1 << length
        for (let at = reverse(code, length); at < fast.length; at += step) fast[at] = entry
        code++
      }
      code <<= 1
    }
  }
}

function reverse(code: number, length: number): number {
  let reversed = 0
  for (let i = 0; i < length; i++) reversed |= ((code >>> i) & 1) << (length - 1 - i)
  return reversed
}
