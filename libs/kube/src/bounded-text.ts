// SPDX-License-Identifier: Apache-2.0
import { KubeError } from './kube-error.ts'

/** Joins the chunks of an answer to text, up to a bound: a server need not be a friend. */
export class BoundedText {
  readonly #maxBytes: number
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Throws DecodeFailed beyond the bound. */
  push(chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#maxBytes) {
      throw new KubeError('DecodeFailed', `the answer is longer than ${this.#maxBytes} bytes`)
    }
    this.#chunks.push(chunk)
  }

  toString(): string {
    const [first] = this.#chunks
    if (first === undefined) return ''
    return (this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)).toString('utf8')
  }
}
