// SPDX-License-Identifier: Apache-2.0
import type { StoredRecord } from './record.ts'
import { decodeSegment } from './segment.ts'
import type { SpoolDirectory } from './spool-directory.ts'

/** A written group of records. Without a file it lives in memory alone, because the disk refused it. */
export interface Segment {
  readonly file: string | undefined
  readonly bytes: number
  readonly records: readonly StoredRecord[]
}

interface LiveSegment {
  readonly file: string | undefined
  readonly bytes: number
  /** Ids by sequence of the records that are still wanted. */
  readonly live: Map<number, string>
  content: Map<number, StoredRecord> | undefined
}

const defaultCacheBytes = 4 << 20

/** Which record stands where. Keeps the content of the newest segments in memory, within a bound, and reads the rest. */
export class Segments {
  readonly #directory: SpoolDirectory
  readonly #cacheBytes: number
  readonly #bySequence = new Map<number, LiveSegment>()
  readonly #cached = new Set<LiveSegment>()
  readonly #removals = new Set<Promise<void>>()
  readonly #all = new Set<LiveSegment>()
  #bytes = 0
  #cachedBytes = 0

  constructor(directory: SpoolDirectory, cacheBytes: number = defaultCacheBytes) {
    this.#directory = directory
    this.#cacheBytes = cacheBytes
  }

  get records(): number {
    return this.#bySequence.size
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#all.size
  }

  has(sequence: number): boolean {
    return this.#bySequence.has(sequence)
  }

  add(segment: Segment): void {
    const live = new Map(segment.records.map((record) => [record.sequence, record.id]))
    const entry: LiveSegment = { file: segment.file, bytes: segment.bytes, live, content: undefined }
    for (const sequence of live.keys()) this.#bySequence.set(sequence, entry)
    this.#all.add(entry)
    this.#bytes += segment.bytes
    this.#remember(entry, segment.records)
  }

  /** The record, or undefined when it is gone. */
  async get(sequence: number): Promise<StoredRecord | undefined> {
    const segment = this.#bySequence.get(sequence)
    if (segment === undefined) return undefined
    if (segment.content === undefined && segment.file !== undefined) {
      const text = (await this.#directory.read(segment.file)) ?? ''
      if (this.#all.has(segment)) this.#remember(segment, decodeSegment(text).records)
    }
    const record = segment.content?.get(sequence)
    // somebody emptied the directory under us
    if (record === undefined) this.remove(sequence)
    return record
  }

  remove(sequence: number): void {
    const segment = this.#bySequence.get(sequence)
    if (segment === undefined) return
    this.#bySequence.delete(sequence)
    segment.live.delete(sequence)
    segment.content?.delete(sequence)
    if (segment.live.size === 0) this.#discard(segment)
  }

  /** Throws the oldest segment away and returns the ids of the records lost with it. */
  dropOldest(): string[] {
    const [oldest] = this.#all
    if (oldest === undefined) return []
    const lost = [...oldest.live.values()]
    for (const sequence of oldest.live.keys()) this.#bySequence.delete(sequence)
    oldest.live.clear()
    this.#discard(oldest)
    return lost
  }

  /** Waits for files that are being removed. */
  async settle(): Promise<void> {
    await Promise.all(this.#removals)
  }

  #discard(segment: LiveSegment): void {
    this.#all.delete(segment)
    this.#bytes -= segment.bytes
    this.#forget(segment)
    if (segment.file === undefined) return
    const removal = this.#directory.remove(segment.file).finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  #remember(segment: LiveSegment, records: readonly StoredRecord[]): void {
    segment.content = new Map(
      records.filter((record) => segment.live.has(record.sequence)).map((record) => [record.sequence, record]),
    )
    // one in memory alone cannot be read again
    if (segment.file === undefined) return
    this.#cached.add(segment)
    this.#cachedBytes += segment.bytes
    for (const old of this.#cached) {
      if (this.#cachedBytes <= this.#cacheBytes || old === segment) break
      this.#forget(old)
    }
  }

  #forget(segment: LiveSegment): void {
    segment.content = undefined
    if (this.#cached.delete(segment)) this.#cachedBytes -= segment.bytes
  }
}
