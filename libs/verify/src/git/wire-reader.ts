// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'

/** Reads SSH's wire format (RFC 4251, 5). Every read throws `Unverified` where the data ends early. */
export class WireReader {
  readonly #data: Buffer
  #at = 0

  constructor(data: Uint8Array) {
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  }

  bytes(length: number): Buffer {
    if (length > this.#data.length - this.#at) throw new VerifyError('Unverified', 'ssh: data is cut short')
    this.#at += length
    return this.#data.subarray(this.#at - length, this.#at)
  }

  uint32(): number {
    return this.bytes(4).readUInt32BE()
  }

  /** A length and so many bytes. */
  string(): Buffer {
    return this.bytes(this.uint32())
  }

  text(): string {
    return this.string().toString('latin1')
  }

  /** A number above zero, without leading zeros. */
  positiveInteger(): Buffer {
    const value = this.string()
    if (value.length === 0 || value[0]! >= 0x80) throw new VerifyError('Unverified', 'ssh: a number is not positive')
    let first = 0
    while (first < value.length - 1 && value[first] === 0) first++
    return value.subarray(first)
  }

  /** What is left. */
  rest(): Buffer {
    return this.bytes(this.#data.length - this.#at)
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.#at !== this.#data.length) throw new VerifyError('Unverified', 'ssh: data goes on after its end')
  }
}

/** SSH's form of a string: its length before it. */
export function wireString(value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
