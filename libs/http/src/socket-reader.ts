// SPDX-License-Identifier: Apache-2.0
import type { Duplex } from 'node:stream'

/** Reads exact amounts from a stream that is still paused; `release` leaves what came after them to its next owner. */
export class SocketReader {
  readonly #stream: Duplex
  #held: Buffer = Buffer.alloc(0)

  constructor(stream: Duplex) {
    this.#stream = stream
  }

  /** The next `length` bytes. Throws what the stream fails with, or that it ended. */
  async read(length: number): Promise<Buffer> {
    while (this.#held.length < length) {
      // all there is: with a part left unread, the stream would call itself readable again and again
      const bytes = this.#stream.read() as Buffer | null
      if (bytes !== null) this.#held = Buffer.concat([this.#held, bytes])
      else if (this.#stream.readableEnded || this.#stream.destroyed) throw ended(this.#stream)
      else await readable(this.#stream)
    }
    const bytes = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return bytes
  }

  /** Gives back what was read too much. */
  release(): void {
    if (this.#held.length > 0) this.#stream.unshift(this.#held)
    this.#held = Buffer.alloc(0)
  }
}

function readable(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      stream.off('readable', onReadable).off('end', onEnd).off('close', onEnd).off('error', onError)
      act()
    }
    const onReadable = settle(resolve)
    const onEnd = settle(() => reject(ended(stream)))
    const onError = settle(() => reject(ended(stream)))
    stream.on('readable', onReadable).on('end', onEnd).on('close', onEnd).on('error', onError)
  })
}

function ended(stream: Duplex): Error {
  return stream.errored ?? new Error('it closed the connection')
}
