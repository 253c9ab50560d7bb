// SPDX-License-Identifier: Apache-2.0

/** Git's numbers for the kinds of entry in a pack. */
export const kinds = { commit: 1, tree: 2, blob: 3, tag: 4, offsetDelta: 6, refDelta: 7 } as const

/** The name of an object's kind, as in its header. */
export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag'

const typeNames: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' }

/** The name for a kind's number; undefined for deltas and unknown numbers. */
export function typeName(kind: number): ObjectType | undefined {
  return typeNames[kind]
}

/**
 * What is known of each entry of one pack, in the order of the pack, in some 50 bytes an entry. Numbers are given out by
 * `add`; entries lie one after the other, so an entry ends where the next begins.
 */
export class ObjectIndex {
  readonly capacity: number
  count = 0
  /** Where the entry's zlib stream begins. */
  readonly #dataOffsets: Float64Array
  /** Where the entry begins; one more than entries, the last is where the trailer begins. */
  readonly #offsets: Float64Array
  /** Kind of the object (never a delta once it is resolved). */
  readonly #kinds: Uint8Array
  /** Inflated length of the entry: of the delta, where it is one. */
  readonly #entrySizes: Uint32Array
  /** Length of the object. */
  readonly #sizes: Uint32Array
  /** The entry that a delta builds on, plus one; 0 for none (so that memory of an inflated announced count is never touched). */
  readonly #bases: Int32Array
  readonly #depths: Uint16Array
  readonly #shas: Buffer
  /** Open addressing by the first four bytes of the id; holds number + 1. */
  readonly #table: Int32Array

  constructor(capacity: number) {
    this.capacity = capacity
    this.#dataOffsets = new Float64Array(capacity)
    this.#offsets = new Float64Array(capacity + 1)
    this.#kinds = new Uint8Array(capacity)
    this.#entrySizes = new Uint32Array(capacity)
    this.#sizes = new Uint32Array(capacity)
    this.#bases = new Int32Array(capacity)
    this.#depths = new Uint16Array(capacity)
    this.#shas = Buffer.alloc(capacity * 20)
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, capacity * 2))))
  }

  add(entry: { kind: number; offset: number; dataOffset: number; entrySize: number; end: number }): number {
    const at = this.count++
    this.#kinds[at] = entry.kind
    this.#offsets[at] = entry.offset
    this.#offsets[at + 1] = entry.end
    this.#dataOffsets[at] = entry.dataOffset
    this.#entrySizes[at] = entry.entrySize
    return at
  }

  kind(at: number): number {
    return this.#kinds[at]!
  }

  /** Where the entry's compressed bytes lie in the pack. */
  span(at: number): { readonly start: number; readonly end: number } {
    return { start: this.#dataOffsets[at]!, end: this.#offsets[at + 1]! }
  }

  entrySize(at: number): number {
    return this.#entrySizes[at]!
  }

  size(at: number): number {
    return this.#sizes[at]!
  }

  /** The entry that a delta builds on; -1 for a whole object, and for a delta whose base is not known yet. */
  base(at: number): number {
    return this.#bases[at]! - 1
  }

  depth(at: number): number {
    return this.#depths[at]!
  }

  sha(at: number): Buffer {
    return this.#shas.subarray(at * 20, at * 20 + 20)
  }

  setBase(at: number, base: number): void {
    this.#bases[at] = base + 1
  }

  /** The entry that begins at an offset, or undefined. */
  atOffset(offset: number): number | undefined {
    let low = 0
    let high = this.count - 1
    while (low <= high) {
      const middle = (low + high) >>> 1
      const found = this.#offsets[middle]!
      if (found === offset) return middle
      if (found < offset) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Records what an entry turned out to be; from now on `find` knows it. An id that was there already keeps its first entry. */
  identify(at: number, object: { kind: number; size: number; depth: number; sha: Uint8Array }): void {
    this.#kinds[at] = object.kind
    this.#sizes[at] = object.size
    this.#depths[at] = object.depth
    this.#shas.set(object.sha, at * 20)
    const mask = this.#table.length - 1
    for (let slot = slotOf(object.sha, 0) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#table[slot]!
      if (held === 0) {
        this.#table[slot] = at + 1
        return
      }
      if (this.sha(held - 1).equals(object.sha)) return
    }
  }

  /** The entry with the 20 bytes of an id at `start`, or undefined. */
  find(sha: Uint8Array, start = 0): number | undefined {
    const mask = this.#table.length - 1
    for (let slot = slotOf(sha, start) & mask; ; slot = (slot + 1) & mask) {
      const held = this.#table[slot]!
      if (held === 0) return undefined
      if (this.#shas.compare(sha, start, start + 20, (held - 1) * 20, held * 20) === 0) return held - 1
    }
  }
}

function slotOf(sha: Uint8Array, start: number): number {
  return (sha[start]! | (sha[start + 1]! << 8) | (sha[start + 2]! << 16) | (sha[start + 3]! << 24)) >>> 0
}
