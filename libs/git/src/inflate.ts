// SPDX-License-Identifier: Apache-2.0
import { adler32, codeOrder, distanceBase, distanceExtra, lengthBase, lengthExtra } from './deflate-format.ts'
import { Huffman } from './huffman.ts'

/** What `Inflater.inflate` answers when the input ends before the stream does. */
export const truncated = -1
/** What `Inflater.inflate` answers when the input is no zlib stream of exactly the wanted length. */
export const invalid = -2

/**
 * Inflates zlib streams (RFC 1950, 1951) that lie one after the other, as in a pack: it says where each one ends.
 * `node:zlib` says so too, but allocates a native stream for each of a pack's many small objects: on 22,000 of them that
 * costs 60 to 120 MiB of resident memory (docs/design/git-fetch.md). Streams of more than some hundred KiB are better
 * left to it. One instance may be used for any number of streams, one at a time.
 */
export class Inflater {
  #input: Uint8Array = new Uint8Array(0)
  #pos = 0
  #bits = 0
  #bitCount = 0
  #output: Uint8Array = new Uint8Array(0)
  #written = 0
  readonly #lengths = new Uint8Array(320)
  readonly #literals = new Huffman(288)
  readonly #distances = new Huffman(32)
  readonly #codes = new Huffman(19)

  /**
   * Inflates the stream that starts at `start` into `output`, which it must fill exactly; its checksum is verified.
   * Returns the position after the stream, `truncated` or `invalid`.
   */
  inflate(input: Uint8Array, start: number, output: Uint8Array): number {
    this.#input = input
    this.#output = output
    this.#pos = start + 2
    this.#bits = 0
    this.#bitCount = 0
    this.#written = 0
    const result = this.#stream(input, start)
    this.#input = this.#output = emptyBytes
    return result
  }

  #stream(input: Uint8Array, start: number): number {
    if (start + 2 > input.length) return truncated
    const method = input[start]!
    const flags = input[start + 1]!
    if ((method & 15) !== 8 || method >>> 4 > 7 || (method * 256 + flags) % 31 !== 0 || (flags & 32) !== 0)
      return invalid
    for (let last = false; !last;) {
      if (!this.#need(3)) return truncated
      last = (this.#bits & 1) === 1
      const kind = (this.#bits >>> 1) & 3
      this.#drop(3)
      const result = this.#block(kind)
      if (result !== 0) return result
    }
    this.#alignToByte()
    if (this.#pos + 4 > input.length) return truncated
    if (this.#written !== this.#output.length) return invalid
    const checksum = new DataView(input.buffer, input.byteOffset, input.byteLength).getUint32(this.#pos)
    return checksum === adler32(this.#output) ? this.#pos + 4 : invalid
  }

  #block(kind: number): number {
    if (kind === 0) return this.#stored()
    if (kind === 1) {
      this.#fixedCodes()
      return this.#compressed()
    }
    if (kind !== 2) return invalid
    const result = this.#dynamicCodes()
    return result === 0 ? this.#compressed() : result
  }

  #stored(): number {
    this.#alignToByte()
    const input = this.#input
    if (this.#pos + 4 > input.length) return truncated
    const length = input[this.#pos]! | (input[this.#pos + 1]! << 8)
    const complement = input[this.#pos + 2]! | (input[this.#pos + 3]! << 8)
    if (length !== (~complement & 0xffff)) return invalid
    if (this.#written + length > this.#output.length) return invalid
    const end = this.#pos + 4 + length
    if (end > input.length) return truncated
    this.#output.set(input.subarray(this.#pos + 4, end), this.#written)
    this.#written += length
    this.#pos = end
    return 0
  }

  #compressed(): number {
    const output = this.#output
    const fast = this.#literals.fast
    for (;;) {
      this.#refill()
      let entry = fast[this.#bits & 511]!
      if (entry === 0) entry = this.#literals.slow(this.#bits, this.#bitCount)
      if (entry < 0) return entry
      const length = entry & 15
      if (length > this.#bitCount) return truncated
      this.#drop(length)
      const symbol = entry >>> 4
      if (symbol < 256) {
        if (this.#written >= output.length) return invalid
        output[this.#written++] = symbol
      } else if (symbol === 256) return 0
      else {
        const result = this.#copy(symbol - 257)
        if (result !== 0) return result
      }
    }
  }

  #copy(lengthSymbol: number): number {
    if (lengthSymbol >= lengthBase.length) return invalid
    const lengthBits = lengthExtra[lengthSymbol]!
    if (!this.#need(lengthBits)) return truncated
    const length = lengthBase[lengthSymbol]! + (this.#bits & ((1 << lengthBits) - 1))
    this.#drop(lengthBits)
    this.#refill()
    let entry: number = this.#distances.fast[this.#bits & 511]!
    if (entry === 0) entry = this.#distances.slow(this.#bits, this.#bitCount)
    if (entry < 0) return entry
    if ((entry & 15) > this.#bitCount) return truncated
    this.#drop(entry & 15)
    const symbol = entry >>> 4
    if (symbol >= distanceBase.length) return invalid
    const distanceBits = distanceExtra[symbol]!
    if (!this.#need(distanceBits)) return truncated
    const distance = distanceBase[symbol]! + (this.#bits & ((1 << distanceBits) - 1))
    this.#drop(distanceBits)
    if (distance > this.#written || this.#written + length > this.#output.length) return invalid
    // byte by byte on purpose: source and target may overlap, and then repeat
    const output = this.#output
    let to = this.#written
    for (const end = to + length; to < end; to++) output[to] = output[to - distance]!
    this.#written = to
    return 0
  }

  #fixedCodes(): void {
    const lengths = this.#lengths
    lengths.fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280, 288)
    this.#literals.build(lengths, 0, 288, false)
    lengths.fill(5, 0, 32)
    this.#distances.build(lengths, 0, 32, false)
  }

  #dynamicCodes(): number {
    if (!this.#need(14)) return truncated
    const literals = (this.#bits & 31) + 257
    const distances = ((this.#bits >>> 5) & 31) + 1
    const codes = ((this.#bits >>> 10) & 15) + 4
    this.#drop(14)
    if (literals > 286 || distances > 30) return invalid
    const lengths = this.#lengths.fill(0)
    for (let i = 0; i < codes; i++) {
      if (!this.#need(3)) return truncated
      lengths[codeOrder[i]!] = this.#bits & 7
      this.#drop(3)
    }
    if (!this.#codes.build(lengths, 0, 19, false)) return invalid
    lengths.fill(0)
    const result = this.#codeLengths(literals + distances)
    if (result !== 0) return result
    // 256 ends the block: without it the block could not end
    if (lengths[256] === 0) return invalid
    const sound =
      this.#literals.build(lengths, 0, literals, true) &&
      this.#distances.build(lengths, literals, literals + distances, true)
    return sound ? 0 : invalid
  }

  #codeLengths(total: number): number {
    const lengths = this.#lengths
    for (let at = 0; at < total;) {
      this.#refill()
      let entry: number = this.#codes.fast[this.#bits & 511]!
      if (entry === 0) entry = this.#codes.slow(this.#bits, this.#bitCount)
      if (entry < 0) return entry
      if ((entry & 15) > this.#bitCount) return truncated
      this.#drop(entry & 15)
      const symbol = entry >>> 4
      if (symbol < 16) {
        lengths[at++] = symbol
        continue
      }
      if (symbol === 16 && at === 0) return invalid
      const extra = symbol === 16 ? 2 : symbol === 17 ? 3 : 7
      if (!this.#need(extra)) return truncated
      const repeat = (this.#bits & ((1 << extra) - 1)) + (symbol === 18 ? 11 : 3)
      this.#drop(extra)
      if (at + repeat > total) return invalid
      lengths.fill(symbol === 16 ? lengths[at - 1]! : 0, at, at + repeat)
      at += repeat
    }
    return 0
  }

  #refill(): void {
    while (this.#bitCount <= 22 && this.#pos < this.#input.length) {
      this.#bits |= this.#input[this.#pos++]! << this.#bitCount
      this.#bitCount += 8
    }
  }

  #need(count: number): boolean {
    if (this.#bitCount < count) this.#refill()
    return this.#bitCount >= count
  }

  #drop(count: number): void {
    this.#bits >>>= count
    this.#bitCount -= count
  }

  /** Gives whole unread bytes back to the input and forgets the rest of the current one. */
  #alignToByte(): void {
    this.#pos -= this.#bitCount >>> 3
    this.#bits = 0
    this.#bitCount = 0
  }
}

const emptyBytes: Uint8Array = new Uint8Array(0)
