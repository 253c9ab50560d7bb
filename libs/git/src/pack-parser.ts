// SPDX-License-Identifier: Apache-2.0
import { createHash, hash, type Hash } from 'node:crypto'
import { type EntryHeader, readEntryHeader } from './entry-header.ts'
import { GitError, limitExceeded } from './git-error.ts'
import { Inflater, invalid, truncated } from './inflate.ts'
import { type ObjectType, typeName } from './object-index.ts'
import { StreamInflater } from './stream-inflater.ts'
import type { GitLimits } from './types.ts'

/** One entry of a pack as it went by. */
export interface PackEntry {
  readonly kind: number
  /** Where the entry begins, where its zlib stream begins, and where the next entry begins. */
  readonly offset: number
  readonly dataOffset: number
  readonly end: number
  /** Inflated length. */
  readonly entrySize: number
  /** For an offset delta: where its base begins. */
  readonly baseOffset?: number
  /** For a delta by id: the 20 bytes of its base's id. */
  readonly baseSha?: Buffer
  /** For a whole object: its id. */
  readonly sha?: Buffer
}

/** Where the parser reports to. */
export interface PackSink {
  /** The number of entries that the pack announces; called once, first. */
  begin(count: number): void
  entry(entry: PackEntry): void
}

/** Larger entries are inflated piece by piece instead of being gathered. */
const gatherBytes = 256 * 1024
/** An entry that needs more compressed bytes than this beyond its size is padded on purpose: deflate adds 5 bytes per 16 KiB at worst. */
const slackBytes = 64 * 1024
const pieceBytes = 64 * 1024
const windowBytes = 2 * gatherBytes
/** "commit ", a length of up to 20 digits and a NUL. */
const longestObjectHeader = 32

/**
 * Reads a pack (version 2 or 3) as it streams by, however it is chunked, holding at most one small entry: checks the header,
 * inflates each entry, and computes the ids of whole objects and the pack's own checksum.
 */
export class PackParser {
  readonly #sink: PackSink
  readonly #limits: GitLimits
  readonly #inflater = new Inflater()
  readonly #scratch = Buffer.allocUnsafeSlow(longestObjectHeader + gatherBytes)
  readonly #checksum = createHash('sha1')
  readonly #window = Buffer.allocUnsafeSlow(windowBytes)
  /** A part of the window: what came and was not parsed yet. */
  #held: Buffer = this.#window.subarray(0, 0)
  /** Position in the pack of the first byte of `#held`. */
  #heldAt = 0
  #announced = -1
  #seen = 0
  #inflatedBytes = 0
  /** Bytes to hold before the next attempt at an entry that was cut short: else one that trickles in costs its square. */
  #tryAt = 0
  #large: LargeEntry | undefined
  #done = false

  constructor(sink: PackSink, limits: GitLimits) {
    this.#sink = sink
    this.#limits = limits
  }

  /** Takes the next bytes. Throws `InvalidObject` or `LimitExceeded`. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; at += pieceBytes) {
      let rest: Uint8Array = chunk.subarray(at, at + pieceBytes)
      if (this.#large !== undefined) rest = rest.subarray(await this.#feedLarge(this.#large, rest))
      if (rest.length === 0) continue
      this.#hold(rest)
      if (this.#held.length >= this.#tryAt) await this.#parse()
    }
  }

  /** Must be called after the last bytes. Throws `InvalidObject` when the pack is not whole. */
  async end(): Promise<void> {
    if (this.#held.length < this.#tryAt) await this.#parse()
    if (this.#done) return
    const seen = `${this.#seen} of ${Math.max(0, this.#announced)}`
    throw new GitError('InvalidObject', `the pack ended early, after ${seen} objects`)
  }

  /** Frees what a half-read entry holds. */
  close(): void {
    this.#large?.inflater.close()
  }

  /** Puts bytes behind those that are held. The window holds the largest small entry and a piece. */
  #hold(bytes: Uint8Array): void {
    const length = this.#held.length
    this.#window.copyWithin(
      0,
      this.#held.byteOffset - this.#window.byteOffset,
      this.#held.byteOffset - this.#window.byteOffset + length,
    )
    this.#window.set(bytes, length)
    this.#held = this.#window.subarray(0, length + bytes.length)
  }

  /** Parses what is held as far as it goes, large entries included. */
  async #parse(): Promise<void> {
    for (;;) {
      this.#parseHeld()
      if (this.#large === undefined) return
      const held = this.#held
      const used = await this.#feedLarge(this.#large, held)
      this.#held = held.subarray(used)
      if (this.#large !== undefined || this.#held.length === 0) return
    }
  }

  /** Parses what is held until more bytes are needed or a large entry has begun, whose data then is what is held. */
  #parseHeld(): void {
    this.#tryAt = 0
    let pos = 0
    for (let next = this.#step(pos); next !== undefined; next = this.#step(pos)) {
      pos = next
      if (this.#large !== undefined) break
    }
    this.#checksum.update(this.#held.subarray(0, pos))
    this.#heldAt += pos
    this.#held = this.#held.subarray(pos)
  }

  /** Parses one item at `pos`; answers the position after it, or undefined when more bytes are needed. */
  #step(pos: number): number | undefined {
    if (this.#announced < 0) return this.#header(pos)
    if (this.#seen === this.#announced) return this.#trailer(pos)
    const header = readEntryHeader(this.#held, pos, this.#heldAt + pos)
    if (header === undefined) return undefined
    if (header.size > this.#limits.objectBytes) {
      throw limitExceeded('objectBytes', `an object has ${header.size} bytes, more than ${this.#limits.objectBytes}`)
    }
    return header.size > gatherBytes ? this.#beginLarge(header, pos) : this.#smallEntry(header, pos)
  }

  #header(pos: number): number | undefined {
    if (this.#held.length - pos < 12) return undefined
    const version = this.#held.readUInt32BE(pos + 4)
    if (this.#held.toString('latin1', pos, pos + 4) !== 'PACK' || (version !== 2 && version !== 3)) {
      throw new GitError('InvalidObject', 'the server did not send a pack of version 2 or 3')
    }
    this.#announced = this.#held.readUInt32BE(pos + 8)
    if (this.#announced > this.#limits.objects) {
      throw limitExceeded('objects', `the pack has ${this.#announced} objects, more than ${this.#limits.objects}`)
    }
    this.#sink.begin(this.#announced)
    return pos + 12
  }

  #trailer(pos: number): number | undefined {
    if (this.#done) {
      if (pos < this.#held.length) throw new GitError('InvalidObject', 'the pack goes on after its checksum')
      return undefined
    }
    if (this.#held.length - pos < 20) return undefined
    const computed = this.#checksum.update(this.#held.subarray(0, pos)).copy().digest()
    if (this.#held.compare(computed, 0, 20, pos, pos + 20) !== 0) {
      throw new GitError('InvalidObject', 'the checksum of the pack does not match its content')
    }
    this.#done = true
    // what comes before was hashed here; nothing after it is
    this.#heldAt += pos
    this.#held = this.#held.subarray(pos)
    return 20
  }

  #smallEntry(header: EntryHeader, pos: number): number | undefined {
    const output = this.#scratch.subarray(longestObjectHeader, longestObjectHeader + header.size)
    const start = pos + header.length
    const next = this.#inflater.inflate(this.#held, start, output)
    if (next === truncated) {
      if (this.#held.length - start > header.size + header.size / 8 + slackBytes) throw this.#broken(pos)
      this.#tryAt = Math.ceil((this.#held.length - pos) * 1.125)
      return undefined
    }
    if (next === invalid) throw this.#broken(pos)
    const type = typeName(header.kind)
    const sha = type === undefined ? undefined : this.#hashScratch(type, header.size)
    this.#report(header, this.#heldAt + pos, this.#heldAt + next, sha)
    return next
  }

  /** The id of the object in the scratch buffer: one call into OpenSSL, without an object of its own, for each of many small ones. */
  #hashScratch(type: ObjectType, size: number): Buffer {
    const header = `${type} ${size}\0`
    const start = longestObjectHeader - header.length
    this.#scratch.write(header, start, 'latin1')
    return hash('sha1', this.#scratch.subarray(start, longestObjectHeader + size), 'buffer')
  }

  #beginLarge(header: EntryHeader, pos: number): number {
    const type = typeName(header.kind)
    const sha = type === undefined ? undefined : objectHash(type, header.size)
    this.#large = {
      header,
      offset: this.#heldAt + pos,
      hash: sha,
      inflater: new StreamInflater(header.size, (piece) => sha?.update(piece)),
    }
    return pos + header.length
  }

  async #feedLarge(large: LargeEntry, bytes: Uint8Array): Promise<number> {
    const { used, ended } = await large.inflater.write(bytes)
    this.#checksum.update(bytes.subarray(0, used))
    this.#heldAt += used
    if (ended) {
      this.#large = undefined
      this.#report(large.header, large.offset, this.#heldAt, large.hash?.digest())
    }
    return used
  }

  #report(header: EntryHeader, offset: number, end: number, sha: Buffer | undefined): void {
    this.#seen++
    this.#inflatedBytes += header.size
    if (this.#inflatedBytes > this.#limits.totalBytes) {
      throw limitExceeded('totalBytes', `the objects have more than ${this.#limits.totalBytes} bytes together`)
    }
    this.#sink.entry({
      kind: header.kind,
      offset,
      dataOffset: offset + header.length,
      end,
      entrySize: header.size,
      ...(header.baseOffset === undefined ? {} : { baseOffset: header.baseOffset }),
      ...(header.baseSha === undefined ? {} : { baseSha: header.baseSha }),
      ...(sha === undefined ? {} : { sha }),
    })
  }

  #broken(pos: number): GitError {
    return new GitError(
      'InvalidObject',
      `the pack is broken at byte ${this.#heldAt + pos}: not a zlib stream of the announced length`,
    )
  }
}

interface LargeEntry {
  readonly header: EntryHeader
  readonly offset: number
  readonly hash: Hash | undefined
  readonly inflater: StreamInflater
}

/** A hash that has already taken an object's header. */
export function objectHash(type: ObjectType, size: number): Hash {
  return createHash('sha1').update(`${type} ${size}\0`)
}
