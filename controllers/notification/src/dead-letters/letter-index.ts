// SPDX-License-Identifier: Apache-2.0

/** The letters of one Provider. */
export interface Shelf {
  readonly namespace: string
  readonly uid: string
  /** Names of files, oldest first: they begin with the time. */
  readonly names: readonly string[]
}

interface OwnShelf extends Shelf {
  readonly names: string[]
  readonly sizes: Map<string, number>
  bytes: number
}

/** A file of a Provider. */
export interface Found {
  readonly shelf: Shelf
  readonly name: string
}

// what a file takes on the usual file systems, whatever it holds
const block = 4096

/** Which dead letters there are and what space they take, without their content. */
export class LetterIndex {
  readonly #shelves = new Map<string, OwnShelf>()
  #letters = 0
  #bytes = 0

  get stats(): { readonly letters: number; readonly bytes: number } {
    return { letters: this.#letters, bytes: this.#bytes }
  }

  get shelves(): Iterable<Shelf> {
    return this.#shelves.values()
  }

  /** The names of a Provider's files, oldest first. */
  names(uid: string): readonly string[] {
    return this.#shelves.get(uid)?.names ?? []
  }

  add({ namespace, uid }: { readonly namespace: string; readonly uid: string }, name: string, length: number): void {
    this.remove(uid, name)
    const shelf = this.#shelves.get(uid) ?? { namespace, uid, names: [], sizes: new Map<string, number>(), bytes: 0 }
    this.#shelves.set(uid, shelf)
    const bytes = Math.max(1, Math.ceil(length / block)) * block
    const isNewest = (shelf.names.at(-1) ?? '') < name
    shelf.names.push(name)
    if (!isNewest) shelf.names.sort()
    shelf.sizes.set(name, bytes)
    shelf.bytes += bytes
    this.#bytes += bytes
    this.#letters++
  }

  remove(uid: string, name: string): void {
    const shelf = this.#shelves.get(uid)
    const bytes = shelf?.sizes.get(name)
    if (shelf === undefined || bytes === undefined) return
    shelf.names.splice(shelf.names.indexOf(name), 1)
    shelf.sizes.delete(name)
    shelf.bytes -= bytes
    this.#bytes -= bytes
    this.#letters--
    if (shelf.names.length === 0) this.#shelves.delete(uid)
  }

  /** The oldest of the Provider with the most, in the namespace with the most: making many Providers does not push others' letters out. */
  nextToGo(): Found | undefined {
    const namespaces = new Map<string, number>()
    for (const { namespace, bytes } of this.#shelves.values())
      namespaces.set(namespace, (namespaces.get(namespace) ?? 0) + bytes)
    const greatest = Math.max(...namespaces.values())
    let most: OwnShelf | undefined
    for (const shelf of this.#shelves.values())
      if (namespaces.get(shelf.namespace) === greatest && shelf.bytes > (most?.bytes ?? 0)) most = shelf
    const name = most?.names[0]
    return most === undefined || name === undefined ? undefined : { shelf: most, name }
  }
}
