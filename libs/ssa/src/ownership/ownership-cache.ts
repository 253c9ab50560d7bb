// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { silentLog } from '@tidelock/kube'
import type { ObjectRef } from '@tidelock/kube'
import { managerRules } from '../fields/takeover.ts'
import type { ChangeSet, ChangeSetEntry } from '../model/change-set.ts'
import type { OwnerKey } from '../model/owner.ts'
import type { WriteInFlight, WriteObserver } from '../plan/options.ts'
import { laterManagers, nobody } from './judge.ts'
import type { Verdict } from './judge.ts'
import type { OwnedObject, OwnerEntry } from './kind-records.ts'
import { KindWatch } from './kind-watch.ts'
import { Offences } from './offences.ts'
import { createSeenReader } from './seen.ts'
import type { KindCoverage, OwnershipCacheOptions, Suspect } from './types.ts'

const nothingInFlight: WriteInFlight = { written: () => {}, deleted: () => {} }

/**
 * Watches what we applied and says at once when somebody touches it. One metadata-only watch per kind of which an object is owned; it
 * starts with the first such object and ends with the last. Keeps hashes, no content. It only suspects: GET and dry run decide.
 * Feed it the results of every run (`record`) and make it the resource manager's `observer`, so that it knows our own writes.
 */
export class OwnershipCache implements WriteObserver {
  readonly #options: OwnershipCacheOptions
  readonly #read: ReturnType<typeof createSeenReader>
  readonly #watches = new Map<string, KindWatch>()
  readonly #owners = new Map<string, OwnerEntry>()
  readonly #listeners = new Set<(suspect: Suspect) => void>()
  readonly #coverageListeners = new Set<(owner: OwnerKey) => void>()
  readonly #offences = new Offences()

  constructor(options: OwnershipCacheOptions) {
    this.#options = options
    const { labelGroup, fieldManager, disallowedManagers } = options
    this.#read = createSeenReader({ labelGroup, fieldManager, rules: managerRules(fieldManager, disallowedManagers) })
  }

  /** Objects recorded. */
  get size(): number {
    let size = 0
    for (const { records } of this.#watches.values()) size += records.size
    return size
  }

  /**
   * Replaces what is known of the owner's objects by the result of a run: what the change set lists as applied or unchanged is owned from now
   * on, everything else no longer. Entries without metadata (nothing was asked of the server) keep their record.
   */
  record(owner: OwnerKey, changeSet: ChangeSet, { intervalMs }: { readonly intervalMs: number }): void {
    const entry = this.#ownerEntry(owner, intervalMs)
    const stale = new Set(entry.records)
    for (const change of changeSet) {
      const record = this.#put(entry, change)
      if (record !== undefined) stale.delete(record)
    }
    for (const record of stale) record.records.drop(record)
    this.#dropUnused(stale)
  }

  /** Whether the object is proven to be as the owner applied it last, and that in the form with this hash. */
  isUntouched(owner: OwnerKey, ref: ObjectRef, renderedHash: string): boolean {
    const watch = this.#watches.get(watchId(ref))
    const key = { namespace: ref.namespace ?? '', name: ref.name }
    const record = watch?.records.get(key)
    if (watch === undefined || record === undefined || !watch.watching) return false
    if (record.renderedHash !== renderedHash || record.suspect !== undefined || watch.records.isWriting(key))
      return false
    const { key: by } = record.owner
    return by.name === owner.name && by.namespace === owner.namespace && watch.shows(record)
  }

  /** Whether the watch of its kind, if there is one, shows the object: whoever owns it, and as late as a watch is. */
  isThere(ref: ObjectRef): boolean {
    return this.#watches.get(watchId(ref))?.has({ namespace: ref.namespace ?? '', name: ref.name }) === true
  }

  /** Hash of the form in which the owner applied the object last; undefined when that is not known. */
  appliedHash(owner: OwnerKey, ref: ObjectRef): string | undefined {
    const record = this.#find(ref)
    if (record === undefined || record.renderedHash === '' || ownerId(record.owner.key) !== ownerId(owner))
      return undefined
    return record.renderedHash
  }

  /** Who, as far as the entries of a live object tell, may have made it differ from what we applied: field managers, the newest first. */
  managersOf(live: KubeObject): readonly string[] {
    return laterManagers(this.#read(live.metadata))
  }

  /** The owner's objects that are suspect now, for its next run. */
  suspects(owner: OwnerKey): readonly Suspect[] {
    const records = this.#owners.get(ownerId(owner))?.records ?? []
    return Array.from(records, ({ suspect }) => suspect).filter((suspect) => suspect !== undefined)
  }

  /** Calls the listener, synchronously, once for each new suspicion, until the returned function is called. */
  onSuspect(listener: (suspect: Suspect) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls the listener for each owner of a kind whose watch the server begins or ceases to refuse, until the returned function is called. */
  onCoverage(listener: (owner: OwnerKey) => void): () => void {
    this.#coverageListeners.add(listener)
    return () => this.#coverageListeners.delete(listener)
  }

  /** Drops everything known of the owner's objects. */
  forget(owner: OwnerKey): void {
    const entry = this.#owners.get(ownerId(owner))
    if (entry === undefined) return
    this.#owners.delete(ownerId(owner))
    const records = [...entry.records]
    for (const record of records) record.records.drop(record)
    this.#dropUnused(records)
  }

  writing(ref: ObjectRef): WriteInFlight {
    return this.#watches.get(watchId(ref))?.records.writing(ref) ?? nothingInFlight
  }

  /** The kinds, of one owner or of all, that are not watched right now: their objects are only looked at by runs. */
  uncovered(owner?: OwnerKey): readonly KindCoverage[] {
    const kinds = owner === undefined ? undefined : this.#kindsOf(owner)
    return [...this.#watches]
      .filter(([id]) => kinds?.has(id) ?? true)
      .map(([, watch]) => watch.coverage)
      .filter(({ state }) => state !== 'watching')
  }

  /** Ends all watches and forgets everything. */
  async close(): Promise<void> {
    const watches = [...this.#watches.values()]
    this.#watches.clear()
    this.#owners.clear()
    this.#listeners.clear()
    this.#coverageListeners.clear()
    await Promise.all(watches.map((watch) => watch.close()))
  }

  #put(owner: OwnerEntry, change: ChangeSetEntry): OwnedObject | undefined {
    const { object, action, observed, renderedHash } = change
    if (action === 'drifted') return this.#putDrifted(owner, change)
    if (action !== 'created' && action !== 'configured' && action !== 'unchanged') return undefined
    if (observed === undefined || renderedHash === undefined) return this.#known(owner, object)
    return this.#watch(object).records.put(owner, object, renderedHash, observed)
  }

  /** What was left drifted stays suspect, against what it was when it was as we want it, if that is known. */
  #putDrifted(owner: OwnerEntry, { object, observed, renderedHash }: ChangeSetEntry): OwnedObject | undefined {
    let record = this.#known(owner, object)
    if (record === undefined && observed !== undefined && renderedHash !== undefined)
      record = this.#watch(object).records.put(owner, object, renderedHash, observed)
    if (record !== undefined) {
      const verdict = { cause: 'unclear', ...nobody, urgency: 'interval' } as const
      record.suspect ??= this.#suspectOf(record, verdict)
    }
    return record
  }

  #known(owner: OwnerEntry, ref: ObjectRef): OwnedObject | undefined {
    const known = this.#find(ref)
    return known?.owner === owner ? known : undefined
  }

  #find(ref: ObjectRef): OwnedObject | undefined {
    return this.#watches.get(watchId(ref))?.records.get({ namespace: ref.namespace ?? '', name: ref.name })
  }

  #watch(ref: ObjectRef): KindWatch {
    const id = watchId(ref)
    const found = this.#watches.get(id)
    if (found !== undefined) return found
    const { client, labelGroup, clock, random = Math.random, log = silentLog } = this.#options
    const watch = new KindWatch({
      apiVersion: ref.apiVersion,
      kind: ref.kind,
      client,
      labelSelector: `${labelGroup}/name`,
      clock,
      random,
      log,
      read: this.#read,
      raise: (record, verdict) => this.#raise(record, verdict),
      corrected: (record, suspect) => this.#corrected(record, suspect),
      covered: () => this.#covered(id),
    })
    this.#watches.set(id, watch)
    return watch
  }

  #raise(record: OwnedObject, verdict: Verdict): void {
    const suspect = this.#suspectOf(record, verdict)
    const before = record.suspect
    record.suspect = suspect
    if (before !== undefined && isSame(before, suspect)) return
    for (const listener of this.#listeners) listener(suspect)
  }

  #suspectOf(record: OwnedObject, verdict: Verdict): Suspect {
    const { owner, base, records } = record
    const repeated = this.#offences.isRepeated(objectId(record), verdict.culprit, this.#options.clock.monotonic())
    return {
      owner: owner.key,
      object: {
        apiVersion: records.apiVersion,
        kind: records.kind,
        name: base.name,
        ...(base.namespace === '' ? {} : { namespace: base.namespace }),
      },
      ...verdict,
      urgency: repeated ? 'interval' : verdict.urgency,
      repeated,
    }
  }

  #covered(id: string): void {
    const owners = new Set(Array.from(this.#watches.get(id)?.records ?? [], ({ owner }) => owner.key))
    for (const owner of owners) for (const listener of this.#coverageListeners) listener(owner)
  }

  #corrected(record: OwnedObject, suspect: Suspect): void {
    if (suspect.urgency !== 'now') return
    this.#offences.note(objectId(record), suspect.culprit, this.#options.clock.monotonic(), record.owner.intervalMs)
  }

  #ownerEntry(owner: OwnerKey, intervalMs: number): OwnerEntry {
    const id = ownerId(owner)
    const entry = this.#owners.get(id) ?? { key: owner, intervalMs, records: new Set() }
    entry.intervalMs = intervalMs
    this.#owners.set(id, entry)
    return entry
  }

  #kindsOf(owner: OwnerKey): Set<string> {
    const records = this.#owners.get(ownerId(owner))?.records ?? []
    return new Set(Array.from(records, ({ records: { apiVersion, kind } }) => `${apiVersion}/${kind}`))
  }

  #dropUnused(dropped: Iterable<OwnedObject>): void {
    for (const { records } of dropped) {
      const id = `${records.apiVersion}/${records.kind}`
      const watch = this.#watches.get(id)
      if (watch?.records !== records || records.size > 0) continue
      this.#watches.delete(id)
      void watch.close()
    }
  }
}

function isSame(a: Suspect, b: Suspect): boolean {
  return a.cause === b.cause && a.culprit === b.culprit && a.urgency === b.urgency
}

function objectId({ records, key }: OwnedObject): string {
  return `${records.apiVersion}/${records.kind} ${key}`
}

function watchId(ref: ObjectRef): string {
  return `${ref.apiVersion}/${ref.kind}`
}

function ownerId({ namespace, name }: OwnerKey): string {
  return `${namespace}/${name}`
}
