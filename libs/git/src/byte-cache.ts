// SPDX-License-Identifier: Apache-2.0

/** The most recently used buffers, as many as fit into a number of bytes. */
export class ByteCache {
  readonly #maxBytes: number
  readonly #entries = new Map<number, Buffer>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(key: number): Buffer | undefined {
    const found = this.#entries.get(key)
    if (found === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, found)
    return found
  }

  /** Keeps a copy of the buffer unless it alone is larger than a quarter of the cache. */
  set(key: number, value: Buffer): void {
    if (value.length > this.#maxBytes / 4 || this.#entries.has(key)) return
    // a small buffer may be a slice of a pool, all of which it would keep alive
    const copy = Buffer.allocUnsafeSlow(value.length)
    value.copy(copy)
    this.#entries.set(key, copy)
    this.#bytes += copy.length
    for (const [oldest, dropped] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break
      this.#entries.delete(oldest)
      this.#bytes -= dropped.length
    }
  }
}
