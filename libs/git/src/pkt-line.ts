// SPDX-License-Identifier: Apache-2.0
import { GitError } from './git-error.ts'

/** One packet; `flush`, `delimiter` and `end` are the special ones without content. */
export type Packet = { readonly kind: 'data'; readonly data: Buffer } | { readonly kind: 'flush' | 'delimiter' | 'end' }

const longestPayload = 65516

/** A data packet; text is sent in UTF-8. Throws a RangeError when it does not fit into one. */
export function encodePacket(payload: string | Uint8Array): Buffer {
  const data = typeof payload === 'string' ? Buffer.from(payload, 'utf8') : payload
  if (data.length > longestPayload) throw new RangeError(`packet of ${data.length} bytes, more than ${longestPayload}`)
  const header = (data.length + 4).toString(16).padStart(4, '0')
  return Buffer.concat([Buffer.from(header, 'latin1'), data])
}

export const flushPacket: Buffer = Buffer.from('0000', 'latin1')
export const delimiterPacket: Buffer = Buffer.from('0001', 'latin1')

/** Cuts a byte stream into packets, however it is chunked. Throws `ProtocolError` for what is no packet or ends inside one. */
export class PacketReader {
  readonly #source: AsyncIterator<Uint8Array>
  #buffer: Buffer = Buffer.alloc(0)
  #pos = 0

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** The next packet; undefined at the end of the stream. The data is valid until the next call. */
  async read(): Promise<Packet | undefined> {
    const length = await this.readLength()
    if (length === undefined) return undefined
    if (length < 4) return { kind: length === 0 ? 'flush' : length === 1 ? 'delimiter' : 'end' }
    if (!(await this.#fill(length - 4))) throw cutShort()
    return { kind: 'data', data: this.#take(length - 4) }
  }

  /**
   * The length of the next packet as it stands there: its own four bytes included, less than four for a special packet;
   * undefined at the end of the stream. The content is then read by `readBytes`.
   */
  async readLength(): Promise<number | undefined> {
    if (!(await this.#fill(4))) {
      if (this.#pos === this.#buffer.length) return undefined
      throw cutShort()
    }
    return parseLength(this.#take(4))
  }

  /** Some of the next bytes, at least one and at most `most`, without gathering. Throws at the end of the stream. */
  async readBytes(most: number): Promise<Buffer> {
    if (!(await this.#fill(1))) throw cutShort()
    return this.#take(Math.min(most, this.#buffer.length - this.#pos))
  }

  /** Everything after the packets read so far, as it comes. */
  async *rest(): AsyncGenerator<Uint8Array, void, undefined> {
    const held = this.#buffer.subarray(this.#pos)
    this.#pos = this.#buffer.length
    if (held.length > 0) yield held
    for (;;) {
      const { done, value } = await this.#source.next()
      if (done === true) return
      yield value
    }
  }

  /** Reads what little may be left, so that the connection can be used again; then as `close`. */
  async finish(): Promise<void> {
    let left = 64 * 1024
    for await (const chunk of this.rest()) {
      left -= chunk.length
      if (left < 0) break
    }
    await this.close()
  }

  /** Ends the stream early and releases its connection. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  #take(length: number): Buffer {
    this.#pos += length
    return this.#buffer.subarray(this.#pos - length, this.#pos)
  }

  /** Whether `wanted` bytes are there, after reading as far as needed. */
  async #fill(wanted: number): Promise<boolean> {
    let held = this.#buffer.length - this.#pos
    if (held >= wanted) return true
    const parts: Uint8Array[] = [this.#buffer.subarray(this.#pos)]
    while (held < wanted) {
      const { done, value } = await this.#source.next()
      if (done === true) break
      parts.push(value)
      held += value.length
    }
    const [first, second] = parts
    // most often nothing is left of the last chunk: no copy
    this.#buffer =
      parts.length === 2 && first?.length === 0 && second !== undefined
        ? Buffer.from(second.buffer, second.byteOffset, second.byteLength)
        : Buffer.concat(parts, held)
    this.#pos = 0
    return held >= wanted
  }
}

function parseLength(header: Buffer): number {
  const text = header.toString('latin1')
  const length = /^[0-9a-fA-F]{4}$/.test(text) ? Number.parseInt(text, 16) : -1
  if (length < 0 || length === 3) {
    throw new GitError(
      'ProtocolError',
      `invalid packet length ${JSON.stringify(text)}: the server does not speak Git's protocol`,
    )
  }
  return length
}

function cutShort(): GitError {
  return new GitError('Unreachable', 'the response ended in the middle of a packet')
}
