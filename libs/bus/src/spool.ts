// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from 'node:crypto'
import { BusError } from './errors.ts'
import { GroupWriter } from './group-writer.ts'
import { ReadyQueue } from './ready-queue.ts'
import type { EventRecord, StoredRecord } from './record.ts'
import { decodeSegment, encodeSegment, segmentName } from './segment.ts'
import { Segments } from './segments.ts'
import type { Segment } from './segments.ts'
import { SpoolDirectory } from './spool-directory.ts'
import type { OverflowReport, SpoolOptions, SpoolStats } from './spool-types.ts'

/**
 * Events on disk until every receiver has them. `put` makes records durable, `release` hands them to the readers
 * (after the status patch that they report), `remove` forgets them. Records found at opening are released at once:
 * their process died before it could. Survives kill -9 and power cuts; a record may be read again after one.
 */
export class Spool {
  readonly #options: SpoolOptions
  readonly #directory: SpoolDirectory
  readonly #writer: GroupWriter
  readonly #segments: Segments
  readonly #ready = new ReadyQueue()
  /** Ids that an earlier process left. */
  readonly #left = new Set<string>()
  readonly #cutShort = new Map<string, string>()
  #sequence = 0
  #dropped = 0
  #corrupt = 0
  #faults = 0

  private constructor(options: SpoolOptions, directory: SpoolDirectory) {
    this.#options = options
    this.#directory = directory
    this.#segments = new Segments(directory)
    this.#writer = new GroupWriter((group) => this.#write(group))
  }

  /** Opens the directory and reads what an earlier process left. Throws `SpoolUnusable` naming the directory. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options, await SpoolDirectory.open(options.directory))
    await spool.#recover()
    return spool
  }

  /**
   * Resolves with the sequences of the records when they are on disk; puts that come while one is written share the
   * next write. A record that an earlier process left with the same id is not stored again. Where the disk refuses,
   * the records are held in memory and `onFault` is told: events are worth less than the reconciliation.
   * Throws `RecordTooLarge` for a record that could never fit, `SpoolFull` where the spool rather refuses new ones than drops old ones.
   */
  async put(records: readonly EventRecord[]): Promise<readonly number[]> {
    if (this.#options.whenFull === 'refuse' && this.#isFull()) throw new BusError('SpoolFull', 'too many events wait')
    const stored: StoredRecord[] = []
    for (const record of records) {
      if (this.#left.has(record.id)) continue
      const sequenced = { ...record, sequence: ++this.#sequence }
      const bytes = Buffer.byteLength(JSON.stringify(sequenced))
      if (bytes > this.#options.maxBytes / 2)
        throw new BusError('RecordTooLarge', `event ${record.id} has ${bytes} bytes; raise --spool-max-bytes`)
      stored.push(sequenced)
    }
    if (stored.length > 0) await this.#writer.add(stored)
    return stored.map((record) => record.sequence)
  }

  /** Lets the readers have the records. Unknown and overflown sequences are passed over. */
  release(sequences: readonly number[]): void {
    for (const sequence of sequences) if (this.#segments.has(sequence)) this.#ready.push(sequence)
  }

  /** Up to `limit` released records from a position (0 is the start) on, and the position to go on from. */
  async read(position: number, limit: number): Promise<{ records: StoredRecord[]; position: number }> {
    const records: StoredRecord[] = []
    let at = Math.max(position, this.#ready.start)
    for (; at < this.#ready.end && records.length < limit; at++) {
      const record = await this.#segments.get(this.#ready.at(at))
      if (record !== undefined) records.push(record)
    }
    return { records, position: at }
  }

  /** The position after the last released record. */
  get end(): number {
    return this.#ready.end
  }

  /** Forgets a record; its file goes when it was the last one in it. */
  remove(sequence: number): void {
    this.#segments.remove(sequence)
    this.#ready.trim((each) => !this.#segments.has(each))
  }

  /**
   * The transition of a run that an earlier process did not end: it left records about this object in exactly this
   * version. The run that begins there goes on with it, so that what it reports again has the same ids; it is answered
   * once, as a later run in the same version (one that changed nothing in the status) reports anew. Undefined: none.
   */
  continuation(uid: string, base: string): string | undefined {
    const place = `${uid}/${base}`
    const transition = this.#cutShort.get(place)
    this.#cutShort.delete(place)
    return transition
  }

  /** How full it is. */
  stats(): SpoolStats {
    const { records, bytes, count } = this.#segments
    return { records, bytes, segments: count, dropped: this.#dropped, corrupt: this.#corrupt, faults: this.#faults }
  }

  /** Waits for writes and removals under way, then closes the directory. Records stay. */
  async close(): Promise<void> {
    await this.#writer.idle()
    await this.#segments.settle()
    await this.#directory.close()
  }

  async #recover(): Promise<void> {
    for (const name of await this.#directory.list()) {
      const text = (await this.#directory.read(name)) ?? ''
      const { records, problem } = decodeSegment(text)
      for (const record of records) this.#sequence = Math.max(this.#sequence, record.sequence)
      if (problem !== undefined) await this.#salvage(name, problem, records)
      else this.#adopt({ file: name, bytes: Buffer.byteLength(text), records })
    }
    this.#shrink()
  }

  async #salvage(name: string, problem: string, records: readonly StoredRecord[]): Promise<void> {
    this.#corrupt++
    if (records.length > 0) {
      const text = encodeSegment(records)
      const copy = segmentName(records[0]?.sequence ?? 0, this.#token())
      await this.#directory.write(copy, text)
      this.#adopt({ file: copy, bytes: Buffer.byteLength(text), records })
    }
    await this.#directory.setAside(name)
    this.#options.onCorrupt({ file: name, problem, salvaged: records.length })
  }

  #adopt(segment: Segment): void {
    this.#segments.add(segment)
    for (const record of segment.records) {
      const { id, base, transition, event, replaces = [] } = record
      this.#left.add(id)
      if (base !== undefined && transition !== undefined)
        this.#cutShort.set(`${event.involvedObject.uid}/${base}`, transition)
      this.#ready.push(record.sequence)
      for (const replaced of replaces) this.remove(replaced)
    }
  }

  async #write(records: readonly StoredRecord[]): Promise<void> {
    const text = encodeSegment(records)
    const file = segmentName(records[0]?.sequence ?? 0, this.#token())
    const bytes = Buffer.byteLength(text)
    let written = true
    try {
      await this.#directory.write(file, text)
    } catch (error) {
      written = false
      this.#faults++
      this.#options.onFault(error as Error)
    }
    this.#segments.add({ file: written ? file : undefined, bytes, records })
    this.#shrink()
  }

  /** The newest segment stays: it is what was just promised to be durable. */
  #shrink(): void {
    if (this.#options.whenFull === 'refuse') return
    while (this.#isFull() && this.#segments.count > 1)
      this.#overflow(this.#segments.bytes > this.#options.maxBytes ? 'bytes' : 'records')
  }

  #isFull(): boolean {
    const { maxBytes, maxRecords = 100_000 } = this.#options
    return this.#segments.bytes > maxBytes || this.#segments.records > maxRecords
  }

  #overflow(reason: OverflowReport['reason']): void {
    const lost = this.#segments.dropOldest()
    this.#dropped += lost.length
    this.#ready.trim((each) => !this.#segments.has(each))
    if (lost.length > 0) this.#options.onOverflow({ dropped: lost.length, ids: lost.slice(0, 10), reason })
  }

  #token(): string {
    return this.#options.token?.() ?? randomBytes(4).toString('hex')
  }
}
