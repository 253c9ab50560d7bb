// SPDX-License-Identifier: Apache-2.0
import { Buffer } from 'node:buffer'
import { ArchiveError } from '../errors.ts'

/** Reads a stream of chunks by exact lengths. Never holds more than what was asked for and one chunk. */
export class BlockReader {
  readonly #chunks: AsyncIterator<Uint8Array>
  #chunk: Buffer = Buffer.alloc(0)

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#chunks = source[Symbol.asyncIterator]()
  }

  /** The next bytes, exactly that many; undefined when the stream has ended before the first. Throws `Truncated`. */
  async read(length: number): Promise<Buffer | undefined> {
    if (this.#chunk.length >= length) return this.#take(length)
    const parts: Buffer[] = []
    let missing = length
    while (missing > 0) {
      const part = await this.readSome(missing)
      if (part === undefined) {
        if (missing === length) return undefined
        throw truncated()
      }
      parts.push(part)
      missing -= part.length
    }
    return Buffer.concat(parts, length)
  }

  /** As `read`, but the end of the stream is an error too. */
  async require(length: number): Promise<Buffer> {
    const found = await this.read(length)
    if (found === undefined) throw truncated()
    return found
  }

  /** At least one byte and at most `limit`, without copying; undefined at the end. */
  async readSome(limit: number): Promise<Buffer | undefined> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next()
      if (next.done === true) return undefined
      this.#chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    }
    return this.#take(Math.min(limit, this.#chunk.length))
  }

  /** Passes over bytes. Throws `Truncated`. */
  async skip(length: number): Promise<void> {
    for (let missing = length; missing > 0;) {
      const part = await this.readSome(missing)
      if (part === undefined) throw truncated()
      missing -= part.length
    }
  }

  #take(length: number): Buffer {
    const taken = this.#chunk.subarray(0, length)
    this.#chunk = this.#chunk.subarray(length)
    return taken
  }
}

function truncated(): ArchiveError {
  return new ArchiveError('Truncated', 'archive ends too early')
}
