// SPDX-License-Identifier: Apache-2.0
import { createHash, hash, type Hash } from 'node:crypto'
import { GitError, limitExceeded } from './git-error.ts'
import { Inflater, invalid, truncated } from './inflate.ts'
import { type ObjectType, kinds, typeName } from './object-index.ts'
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

interface EntryHeader {
  readonly kind: number
  readonly size: number
  /** Length of the header, base included. */
  readonly length: number
  readonly baseOffset?: number
  readonly baseSha?: Buffer
}

/** Larger entries are inflated piece by piece instead of being gathered. */
const gatherBytes = 256 * 1024
/** An entry that needs more compressed bytes than this beyond its size is padded on purpose: deflate adds 5 bytes per 16 KiB at worst. */
const slackBytes = 64 * 1024
const pieceBytes = 64 * 1024
const windowBytes = 2 * gatherBytes
/** "commit ", a length of up to 20 digits and a NUL. */
const longestObjectHeader = 32
const nothing = Buffer.alloc(0)

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
      while (rest.length > 0) {
        if (this.#large !== undefined) rest = rest.subarray(await this.#feedLarge(this.#large, rest))
        else {
          this.#hold(rest)
          rest = this.#parseHeld()
        }
      }
    }
  }

  /** Must be called after the last bytes. Throws `InvalidObject` when the pack is not whole. */
  end(): void {
    if (!this.#done)
      throw new GitError(
        'InvalidObject',
        `the pack ended early, after ${this.#seen} of ${Math.max(0, this.#announced)} objects`,
      )
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

  /** Parses what is held as far as it goes. Returns bytes that a large entry has to take. */
  #parseHeld(): Uint8Array {
    let pos = 0
    for (;;) {
      const next = this.#step(pos)
      if (next === undefined) break
      pos = next
      if (this.#large !== undefined) break
    }
    this.#checksum.update(this.#held.subarray(0, pos))
    this.#heldAt += pos
    const left = this.#held.subarray(pos)
    this.#held = this.#large === undefined ? left : this.#window.subarray(0, 0)
    return this.#large === undefined ? nothing : left
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

/** Undefined when more bytes are needed. `packOffset` is where the entry begins in the pack. Throws `InvalidObject`. */
function readEntryHeader(buffer: Buffer, start: number, packOffset: number): EntryHeader | undefined {
  let at = start
  let byte = buffer[at++]
  if (byte === undefined) return undefined
  const kind = (byte >>> 4) & 7
  let size = byte & 15
  for (let factor = 16; (byte & 0x80) !== 0; factor *= 128) {
    byte = buffer[at++]
    if (byte === undefined) return undefined
    if (factor > 2 ** 46)
      throw new GitError('InvalidObject', `the pack is broken at byte ${packOffset}: oversized length`)
    size += (byte & 0x7f) * factor
  }
  if (kind === kinds.offsetDelta) return readOffsetBase({ kind, size }, buffer, { start, at, packOffset })
  if (kind === kinds.refDelta) {
    if (buffer.length - at < 20) return undefined
    return { kind, size, length: at + 20 - start, baseSha: Buffer.from(buffer.subarray(at, at + 20)) }
  }
  if (typeName(kind) === undefined) {
    throw new GitError('InvalidObject', `the pack is broken at byte ${packOffset}: unknown kind of object ${kind}`)
  }
  return { kind, size, length: at - start }
}

function readOffsetBase(
  entry: { kind: number; size: number },
  buffer: Buffer,
  where: { start: number; at: number; packOffset: number },
): EntryHeader | undefined {
  let at = where.at
  let distance = -1
  for (let byte = 0x80; (byte & 0x80) !== 0;) {
    const next = buffer[at++]
    if (next === undefined) return undefined
    byte = next
    distance = (distance + 1) * 128 + (byte & 0x7f)
    if (distance > where.packOffset) {
      throw new GitError(
        'InvalidObject',
        `the pack is broken at byte ${where.packOffset}: a delta's base lies before the pack`,
      )
    }
  }
  return { ...entry, length: at - where.start, baseOffset: where.packOffset - distance }
}
