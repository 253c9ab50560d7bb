// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { ObjectKey } from '@tidelock/api'
import { StoreIndex } from './store-index.ts'

interface Entry<T> {
  readonly value: T
  readonly resourceVersion: string
}

/** A change that the store made. */
export type StoreChange<T> =
  | { readonly kind: 'upsert'; readonly now: T; readonly before: T | undefined }
  | { readonly kind: 'remove'; readonly last: T }

/** Values by object key, with indexes. Knows each value's resourceVersion, so that a relist changes only what changed. */
export class ObjectStore<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #indexes = new Map<string, StoreIndex<T>>()

  get size(): number {
    return this.#entries.size
  }

  get(key: ObjectKey): T | undefined {
    return this.#entries.get(formatKey(key))?.value
  }

  /** Whether exactly this version is held. */
  holds(key: ObjectKey, resourceVersion: string): boolean {
    return this.#entries.get(formatKey(key))?.resourceVersion === resourceVersion
  }

  *values(): Generator<T, void, void> {
    for (const { value } of this.#entries.values()) yield value
  }

  upsert(key: ObjectKey, value: T, resourceVersion: string): StoreChange<T> {
    const id = formatKey(key)
    const before = this.#entries.get(id)?.value
    this.#entries.set(id, { value, resourceVersion })
    for (const index of this.#indexes.values()) index.put(id, value)
    return { kind: 'upsert', now: value, before }
  }

  /** Undefined if there was nothing to remove. */
  remove(key: ObjectKey): StoreChange<T> | undefined {
    return this.#removeId(formatKey(key))
  }

  /** Removes all but the keys that `keys` has, in the form of `formatKey`. */
  retain(keys: { has(key: string): boolean }): StoreChange<T>[] {
    const gone = [...this.#entries.keys()].filter((id) => !keys.has(id))
    return gone.flatMap((id) => this.#removeId(id) ?? [])
  }

  /** Throws if the name is taken. */
  addIndex(name: string, keysOf: (value: T) => readonly string[]): void {
    if (this.#indexes.has(name)) throw new Error(`the index '${name}' exists already`)
    const index = new StoreIndex(keysOf)
    for (const [id, { value }] of this.#entries) index.put(id, value)
    this.#indexes.set(name, index)
  }

  /** Throws for an index that was not added. */
  byIndex(name: string, key: string): readonly T[] {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new Error(`there is no index '${name}': add it before it is asked`)
    return index.get(key)
  }

  #removeId(id: string): StoreChange<T> | undefined {
    const entry = this.#entries.get(id)
    if (entry === undefined) return undefined
    this.#entries.delete(id)
    for (const index of this.#indexes.values()) index.remove(id)
    return { kind: 'remove', last: entry.value }
  }
}
