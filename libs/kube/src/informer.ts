// SPDX-License-Identifier: Apache-2.0
import { formatKey, systemClock, toKey } from '@tidelock/api'
import type { Clock, KubeObject, ObjectKey } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { abortable } from './connection-gate.ts'
import { deepFreeze } from './deep-freeze.ts'
import type { InformerHandler, InformerOptions, InformerState, InformerStats } from './informer-types.ts'
import { silentLog } from './log.ts'
import type { KubeLog } from './log.ts'
import { ObjectStore } from './object-store.ts'
import type { StoreChange } from './object-store.ts'
import { Reflector } from './reflector.ts'
import type { ReflectorSink } from './reflector-types.ts'

interface Listed<T> {
  readonly key: ObjectKey
  readonly resourceVersion: string
  /** Undefined when the cache holds this very version. */
  readonly value: { readonly projected: T } | undefined
}

const minute = 60_000

/** A local copy of one collection of the API server that follows it, with indexes and change handlers. */
export class Informer<T = KubeObject> {
  /** Resolves when the first list is in the cache. Never rejects; stays pending if the informer is stopped before. */
  readonly synced: Promise<void>
  readonly #options: InformerOptions<T>
  readonly #project: (obj: KubeObject) => T
  readonly #clock: Clock
  readonly #log: KubeLog
  readonly #reflector: Reflector
  readonly #store: ObjectStore<T> = new ObjectStore()
  readonly #firstSync = Promise.withResolvers<void>()
  #handlers: readonly InformerHandler<T>[] = []
  #stateListeners: readonly ((state: InformerState) => void)[] = []
  #state: InformerState = { phase: 'idle' }
  #hasSynced = false
  #lastSyncAtMs: number | undefined
  #listing = new Map<string, Listed<T>>()

  constructor(options: InformerOptions<T>) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#log = options.log ?? silentLog
    this.#project = options.project ?? defaultProjection(options)
    this.synced = this.#firstSync.promise
    const { namespace, labelSelector, fieldSelector, metadataOnly = false } = options
    this.#reflector = new Reflector(
      {
        client: options.client,
        kind: options.kind,
        scope: { namespace, labelSelector, fieldSelector, metadataOnly },
        log: this.#log,
        clock: this.#clock,
        random: options.random ?? Math.random,
        watchTimeoutMs: options.watchTimeoutMs ?? { min: 5 * minute, max: 10 * minute },
        idleMs: options.idleMs,
        backoffMs: options.backoffMs ?? { min: 500, max: 30_000 },
        pageSize: options.pageSize ?? 500,
      },
      this.#sink(),
    )
  }

  /** Where the informer stands. */
  get state(): InformerState {
    return this.#state
  }

  get stats(): InformerStats {
    return this.#reflector.stats
  }

  /** How many objects are in the cache. */
  get size(): number {
    return this.#store.size
  }

  /** When the server last showed the content to be up to date (list, event or bookmark), in epoch milliseconds; undefined before the first list. */
  get lastSyncAtMs(): number | undefined {
    return this.#lastSyncAtMs
  }

  /** Follows the server until the signal aborts; then resolves. Throws if it was started before. */
  async start(signal: AbortSignal): Promise<void> {
    if (this.#state.phase !== 'idle') throw new Error(`the informer of ${this.#options.kind.plural} was started before`)
    this.#setState({ phase: 'syncing' })
    await this.#reflector.run(signal)
    this.#setState({ phase: 'stopped' })
  }

  hasSynced(): boolean {
    return this.#hasSynced
  }

  /** Waits for the first list; throws the signal's reason. */
  waitForSync(signal?: AbortSignal): Promise<void> {
    return abortable(this.synced, signal)
  }

  /** The object in the cache, frozen. */
  get(key: ObjectKey): T | undefined {
    return this.#store.get(key)
  }

  /** What the cache holds, in no order. The cache must not change while the iterator is used: do not await in between. */
  list(): Iterable<T> {
    return this.#store.values()
  }

  /** Adds an index; `keysOf` is called once per object and change. Throws if the name is taken. */
  addIndex(name: string, keysOf: (obj: T) => readonly string[]): void {
    this.#store.addIndex(name, keysOf)
  }

  /** The objects that the index has under this key. Throws for an unknown index. */
  byIndex(name: string, key: string): readonly T[] {
    return this.#store.byIndex(name, key)
  }

  /**
   * Calls the handler for what the cache holds now (before this returns), then for each change. A relist shows only the
   * differences; an object that was deleted and made anew meanwhile is one upsert. The returned function ends it.
   */
  subscribe(handler: InformerHandler<T>): () => void {
    for (const value of this.#store.values()) this.#deliver(handler, { kind: 'upsert', now: value, before: undefined })
    this.#handlers = [...this.#handlers, handler]
    return () => {
      this.#handlers = this.#handlers.filter((each) => each !== handler)
    }
  }

  /** Calls the listener at each change of state. The returned function ends it. */
  onState(listener: (state: InformerState) => void): () => void {
    this.#stateListeners = [...this.#stateListeners, listener]
    return () => {
      this.#stateListeners = this.#stateListeners.filter((each) => each !== listener)
    }
  }

  #sink(): ReflectorSink {
    return {
      beginList: () => void (this.#listing = new Map()),
      listed: (objects) => {
        for (const obj of objects) this.#addListed(obj)
      },
      unlisted: (obj) => void this.#listing.delete(formatKey(toKey(obj))),
      endList: () => this.#endList(),
      upsert: (obj) => {
        const key = toKey(obj)
        this.#notify([this.#store.upsert(key, this.#take(obj), obj.metadata.resourceVersion ?? '')])
      },
      remove: (obj) => {
        // the event shows the object as it was when it went, which is newer than what the cache holds
        if (this.#store.remove(toKey(obj)) !== undefined) this.#notify([{ kind: 'remove', last: this.#take(obj) }])
      },
      heard: () => void (this.#lastSyncAtMs = this.#clock.now()),
      state: (state) => this.#setState(state),
    }
  }

  #addListed(obj: KubeObject): void {
    const key = toKey(obj)
    const resourceVersion = obj.metadata.resourceVersion ?? ''
    const value = this.#store.holds(key, resourceVersion) ? undefined : { projected: this.#take(obj) }
    this.#listing.set(formatKey(key), { key, resourceVersion, value })
  }

  /** Makes the whole list visible first, and tells the handlers after. */
  #endList(): void {
    const listing = this.#listing
    this.#listing = new Map()
    const changes: StoreChange<T>[] = this.#store.retain(listing)
    for (const { key, resourceVersion, value } of listing.values()) {
      if (value !== undefined) changes.push(this.#store.upsert(key, value.projected, resourceVersion))
    }
    this.#lastSyncAtMs = this.#clock.now()
    this.#hasSynced = true
    this.#notify(changes)
    this.#firstSync.resolve()
  }

  #take(obj: KubeObject): T {
    const value = this.#project(obj)
    return this.#options.freeze === false ? value : deepFreeze(value)
  }

  #notify(changes: readonly StoreChange<T>[]): void {
    const handlers = this.#handlers
    for (const change of changes) for (const handler of handlers) this.#deliver(handler, change)
  }

  #deliver(handler: InformerHandler<T>, change: StoreChange<T>): void {
    try {
      if (change.kind === 'upsert') handler.upsert?.(change.now, change.before)
      else handler.remove?.(change.last)
    } catch (error) {
      const fields = { kind: this.#options.kind.kind, error: errorMessage(error), stack: stackOf(error) }
      this.#log.error(fields, 'an informer handler threw')
    }
  }

  #setState(state: InformerState): void {
    // `failing` carries new facts each time, the others say all by their phase
    if (state.phase === this.#state.phase && state.phase !== 'failing') return
    this.#state = state
    for (const listener of this.#stateListeners) listener(state)
  }
}

function defaultProjection<T>({ metadataOnly }: InformerOptions<T>): (obj: KubeObject) => T {
  if (metadataOnly === true) return (obj) => obj as T
  return (obj) => {
    delete obj.metadata.managedFields
    return obj as T
  }
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : undefined
}
