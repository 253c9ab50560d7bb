// SPDX-License-Identifier: Apache-2.0

/** Values by the keys that a function gives them. */
export class StoreIndex<T> {
  readonly #keysOf: (value: T) => readonly string[]
  readonly #byKey = new Map<string, Map<string, T>>()
  /** The keys under which each id stands, so that a change needs no second call on the old value. */
  readonly #keys = new Map<string, readonly string[]>()

  constructor(keysOf: (value: T) => readonly string[]) {
    this.#keysOf = keysOf
  }

  get(key: string): readonly T[] {
    return [...(this.#byKey.get(key)?.values() ?? [])]
  }

  put(id: string, value: T): void {
    this.remove(id)
    const keys = this.#keysOf(value)
    if (keys.length === 0) return
    this.#keys.set(id, keys)
    for (const key of keys) {
      const values = this.#byKey.get(key)
      if (values === undefined) this.#byKey.set(key, new Map([[id, value]]))
      else values.set(id, value)
    }
  }

  remove(id: string): void {
    for (const key of this.#keys.get(id) ?? []) {
      const values = this.#byKey.get(key)
      values?.delete(id)
      if (values?.size === 0) this.#byKey.delete(key)
    }
    this.#keys.delete(id)
  }
}
