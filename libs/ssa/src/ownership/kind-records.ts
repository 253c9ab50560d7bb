// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { ObjectKey } from '@tidelock/api'
import { compareResourceVersions } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import type { OwnerKey } from '../model/owner.ts'
import type { ObservedMetadata } from '../model/change-set.ts'
import type { WriteInFlight } from '../plan/options.ts'
import { judge, nobody, takenOver } from './judge.ts'
import type { Verdict } from './judge.ts'
import type { Seen, SeenReader } from './seen.ts'
import type { Suspect } from './types.ts'

/** An owner and what its records need of it. */
export interface OwnerEntry {
  readonly key: OwnerKey
  intervalMs: number
  readonly records: Set<OwnedObject>
}

/** One object that we applied. */
export interface OwnedObject {
  readonly key: string
  readonly owner: OwnerEntry
  readonly records: KindRecords
  renderedHash: string
  /** The object when we last knew it to be as we want it. */
  base: Seen
  suspect: Suspect | undefined
}

/** What the records of a kind need of the cache. */
export interface KindRecordsOptions {
  readonly apiVersion: string
  readonly kind: string
  readonly read: SeenReader
  /** What the watch shows of the object; undefined when it shows none. */
  readonly view: (key: ObjectKey) => Seen | undefined
  /** Called for an object that the watch does not show (yet): it may be gone, or the watch may be behind. */
  readonly missing: (record: OwnedObject) => void
  readonly raise: (record: OwnedObject, verdict: Verdict) => void
  readonly corrected: (record: OwnedObject, suspect: Suspect) => void
}

/** The objects of one kind that we applied, and what events and our own writes mean for them. Knows no watch and no clock. */
export class KindRecords {
  readonly apiVersion: string
  readonly kind: string
  readonly #options: KindRecordsOptions
  readonly #byKey = new Map<string, OwnedObject>()
  /** Writes under way: how many, and whether something happened to the object meanwhile. */
  readonly #writes = new Map<string, { count: number; held: boolean }>()

  constructor(options: KindRecordsOptions) {
    this.apiVersion = options.apiVersion
    this.kind = options.kind
    this.#options = options
  }

  get size(): number {
    return this.#byKey.size
  }

  get(key: ObjectKey): OwnedObject | undefined {
    return this.#byKey.get(formatKey(key))
  }

  [Symbol.iterator](): Iterator<OwnedObject> {
    return this.#byKey.values()
  }

  isWriting(key: ObjectKey): boolean {
    return this.#writes.has(formatKey(key))
  }

  /** Notes the result of a run for one object. */
  put(owner: OwnerEntry, ref: ObjectRef, renderedHash: string, observed: ObservedMetadata): OwnedObject {
    const key = keyOf(ref)
    const base = this.#options.read({ ...observed, ...key })
    const id = formatKey(key)
    const before = this.#byKey.get(id)
    before?.owner.records.delete(before)
    const record: OwnedObject = { key: id, owner, records: this, renderedHash, base, suspect: undefined }
    this.#byKey.set(id, record)
    owner.records.add(record)
    this.#settle(record)
    return record
  }

  drop(record: OwnedObject): void {
    record.owner.records.delete(record)
    if (this.#byKey.get(record.key) === record) this.#byKey.delete(record.key)
  }

  /** The watch shows a new state of an object. */
  upserted(now: Seen): void {
    const id = formatKey(now)
    const record = this.#byKey.get(id)
    if (record === undefined || this.#hold(id)) return
    this.#check(record, now)
  }

  /** The watch shows that an object is gone, or that it lost its owner label. */
  removed(last: Seen): void {
    const id = formatKey(last)
    const record = this.#byKey.get(id)
    if (record === undefined || this.#hold(id)) return
    this.#options.raise(record, { cause: 'deleted', ...nobody, urgency: 'now' })
  }

  /** Holds events of the object until the write has ended: the event can be faster than the response. */
  writing(ref: ObjectRef): WriteInFlight {
    const key = keyOf(ref)
    const id = formatKey(key)
    const flight = this.#writes.get(id) ?? { count: 0, held: false }
    flight.count++
    this.#writes.set(id, flight)
    const land = (): void => {
      if (--flight.count === 0) this.#writes.delete(id)
    }
    return {
      written: (result) => {
        land()
        const record = this.#byKey.get(id)
        if (record === undefined) return
        if (result !== undefined) {
          if (record.suspect !== undefined) this.#options.corrected(record, record.suspect)
          record.suspect = undefined
          // in which form it was written, only the result of the whole run tells
          record.renderedHash = ''
          record.base = this.#options.read({ ...result, ...key })
        }
        if (result !== undefined || flight.held) this.#settle(record)
      },
      deleted: () => {
        land()
        const record = this.#byKey.get(id)
        if (record !== undefined) this.drop(record)
      },
    }
  }

  /** Holds the record against what the watch shows now. */
  #settle(record: OwnedObject): void {
    const now = this.#options.view(record.base)
    if (now === undefined) this.#options.missing(record)
    const verdict = takenOver(record.base)
    if (verdict !== undefined) this.#options.raise(record, verdict)
    else if (now !== undefined) this.#check(record, now)
  }

  #check(record: OwnedObject, now: Seen): void {
    const verdict = judge(record.base, now, record.owner.key)
    if (verdict !== undefined) this.#options.raise(record, verdict)
    // later changes are attributed against the newest harmless state
    else if (record.suspect === undefined && !now.terminating && !isOlder(now, record.base)) record.base = now
  }

  #hold(id: string): boolean {
    const flight = this.#writes.get(id)
    if (flight === undefined) return false
    flight.held = true
    return true
  }
}

function isOlder(a: Seen, b: Seen): boolean {
  return (compareResourceVersions(a.resourceVersion, b.resourceVersion) ?? 0) < 0
}

function keyOf(ref: ObjectRef): ObjectKey {
  return { namespace: ref.namespace ?? '', name: ref.name }
}
