// SPDX-License-Identifier: Apache-2.0

/** Sequences in the order in which they may be read. Positions only grow; those before `start` are done with. */
export class ReadyQueue {
  #items: number[] = []
  #offset = 0
  #base = 0

  /** Position of the first item that is still here. */
  get start(): number {
    return this.#base + this.#offset
  }

  /** Position after the last item. */
  get end(): number {
    return this.#base + this.#items.length
  }

  push(sequence: number): void {
    this.#items.push(sequence)
  }

  /** The item at a position between `start` and `end`. Throws outside of them: a bug of the caller. */
  at(position: number): number {
    const item = this.#items[position - this.#base]
    if (item === undefined || position < this.start) throw new RangeError(`no item at ${position}`)
    return item
  }

  /** Drops items from the front for as long as they are gone. */
  trim(isGone: (sequence: number) => boolean): void {
    while (this.#offset < this.#items.length && isGone(this.#items[this.#offset] ?? 0)) this.#offset++
    // moving the rest is paid for by the items that went before
    if (this.#offset < 1024 || this.#offset * 2 < this.#items.length) return
    this.#items = this.#items.slice(this.#offset)
    this.#base += this.#offset
    this.#offset = 0
  }
}
