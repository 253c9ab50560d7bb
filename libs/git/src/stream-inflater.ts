// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createInflate, type Inflate } from 'node:zlib'
import { GitError } from './git-error.ts'

/** Inflates one large zlib stream piece by piece, counting instead of keeping what comes out. */
export class StreamInflater {
  readonly #zlib: Inflate = createInflate({ chunkSize: 64 * 1024 })
  readonly #size: number
  #fed = 0
  #produced = 0
  #failure: Error | undefined

  /** `size` is the exact length of the output; `onData` gets its pieces. */
  constructor(size: number, onData: (piece: Buffer) => void) {
    this.#size = size
    this.#zlib.on('error', (error) => (this.#failure = error))
    this.#zlib.on('data', (piece: Buffer) => {
      this.#produced += piece.length
      // a bomb ends here, not when the server has no more to send
      if (this.#produced > size) this.#zlib.destroy(new Error('longer than announced'))
      else onData(piece)
    })
  }

  /** Feeds bytes; answers how many belonged to the stream, and whether it has ended. Throws `InvalidObject`. */
  async write(bytes: Uint8Array): Promise<{ used: number; ended: boolean }> {
    const before = this.#fed
    this.#fed += bytes.length
    await new Promise<void>((resolve) => {
      this.#zlib.once('close', resolve)
      this.#zlib.write(bytes, () => {
        this.#zlib.off('close', resolve)
        resolve()
      })
    })
    if (this.#failure !== undefined) throw this.#broken(this.#failure)
    if (this.#zlib.bytesWritten === this.#fed) return { used: bytes.length, ended: false }
    // zlib left bytes alone: its stream has ended, but pieces may still be on their way to the listener
    if (!this.#zlib.readableEnded) await once(this.#zlib, 'end')
    if (this.#produced !== this.#size) throw this.#broken(new Error('shorter than announced'))
    this.#zlib.destroy()
    return { used: this.#zlib.bytesWritten - before, ended: true }
  }

  close(): void {
    this.#zlib.destroy()
  }

  #broken(cause: Error): GitError {
    return new GitError('InvalidObject', `a large object in the pack is broken: ${cause.message}`)
  }
}
