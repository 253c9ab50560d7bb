// SPDX-License-Identifier: Apache-2.0

/** One field of a message on the wire: its number and what stands there, by the type of the wire. */
export interface WireField {
  readonly number: number
  /** A bigint of varints and numbers of fixed size, bytes of what has a length, undefined of groups. */
  readonly value: bigint | Uint8Array | undefined
  readonly type: 0 | 1 | 2 | 3 | 5
}

/** The fields of a message in the format of protocol buffers, in their order. Throws a RangeError for what is none. */
export function* readFields(bytes: Uint8Array): Generator<WireField> {
  const reader = new Reader(bytes)
  while (!reader.atEnd) yield reader.field(0)
}

const maxGroups = 100

class Reader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  field(depth: number): WireField {
    const { number, type } = this.#tag()
    switch (type) {
      case 0:
        return { number, type, value: this.#varint() }
      case 1:
        return { number, type, value: this.#view.getBigUint64(this.#advance(8), true) }
      case 2:
        return { number, type, value: this.#text() }
      case 3:
        this.#skipGroup(number, depth)
        return { number, type, value: undefined }
      case 5:
        return { number, type, value: BigInt(this.#view.getUint32(this.#advance(4), true)) }
      default:
        throw new RangeError(`wire type ${type}`)
    }
  }

  #tag(): { number: number; type: number } {
    const tag = this.#varint()
    const number = Number(tag >> 3n)
    if (number < 1 || number >= 2 ** 29) throw new RangeError(`field number ${number}`)
    return { number, type: Number(tag & 7n) }
  }

  #advance(length: number): number {
    const at = this.#at
    if (length > this.#bytes.length - at) throw new RangeError('unexpected end')
    this.#at += length
    return at
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#advance(1)] ?? 0
      if (shift === 63n && byte > 1) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw new RangeError('varint of more than 64 bits')
  }

  #text(): Uint8Array {
    const length = Number(this.#varint())
    const at = this.#advance(length)
    return this.#bytes.subarray(at, at + length)
  }

  #skipGroup(number: number, depth: number): void {
    if (depth > maxGroups) throw new RangeError('groups are nested too deep')
    for (;;) {
      const at = this.#at
      const tag = this.#tag()
      if (tag.type === 4) {
        if (tag.number !== number) throw new RangeError('end of another group')
        return
      }
      this.#at = at
      this.field(depth + 1)
    }
  }
}
