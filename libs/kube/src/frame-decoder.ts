// SPDX-License-Identifier: Apache-2.0
import { KubeError } from './kube-error.ts'

const newline = 0x0a

/** Cuts a byte stream into lines. Chunks may end anywhere, inside a multi-byte character too. Blank lines are skipped. */
export class FrameDecoder {
  readonly #onFrame: (frame: Buffer) => void
  readonly #maxBytes: number
  /** The beginning of a line whose end has not come yet. */
  #held: Buffer[] = []
  #heldBytes = 0

  constructor(onFrame: (frame: Buffer) => void, maxBytes: number) {
    this.#onFrame = onFrame
    this.#maxBytes = maxBytes
  }

  /** Bytes of the unfinished line. */
  get pendingBytes(): number {
    return this.#heldBytes
  }

  /** Hands on each line that the chunk completes. Throws DecodeFailed for a line over the bound, and what the handler throws. */
  push(chunk: Buffer): void {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const tail = chunk.subarray(start, end)
      start = end + 1
      const frame = this.#heldBytes === 0 ? tail : this.#take(tail)
      if (frame.length > 0) this.#onFrame(frame)
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start))
  }

  #take(tail: Buffer): Buffer {
    this.#held.push(tail)
    const frame = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    return frame
  }

  #hold(part: Buffer): void {
    this.#held.push(part)
    this.#heldBytes += part.length
    if (this.#heldBytes > this.#maxBytes) {
      throw new KubeError('DecodeFailed', `a watch frame is longer than ${this.#maxBytes} bytes`)
    }
  }
}
