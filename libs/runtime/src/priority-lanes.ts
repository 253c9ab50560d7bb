// SPDX-License-Identifier: Apache-2.0
import type { Priority } from './outcome.ts'
import type { ReadyEntry } from './work-queue.ts'

/** The most urgent first. */
export const priorities: readonly Priority[] = ['user', 'change', 'normal', 'low']
/** Every so many hand-outs one goes to the entry that waits longest, whatever its priority. */
const fairShare = 8

interface Queued {
  readonly name: string
  readonly entry: ReadyEntry
  /** Counts the entries in the order in which they were put. */
  readonly sequence: number
}

/** Says how much of a namespace is worked on; Infinity when it gets nothing now. */
export type LoadOf = (namespace: string) => number

/** Waiting entries by name. Within a priority namespaces take turns, each of them first in first out. */
export class PriorityLanes {
  readonly #lanes: Readonly<Record<Priority, Lane>> = {
    user: new Lane(),
    change: new Lane(),
    normal: new Lane(),
    low: new Lane(),
  }
  readonly #onDepth: (priority: Priority, depth: number) => void
  readonly #entries = new Map<string, ReadyEntry>()
  #sequence = 0
  #taken = 0

  constructor(onDepth: (priority: Priority, depth: number) => void) {
    this.#onDepth = onDepth
  }

  get size(): number {
    return this.#entries.size
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Puts an entry at the end of its lane. */
  put(name: string, entry: ReadyEntry): void {
    this.#entries.set(name, entry)
    const lane = this.#lanes[entry.priority]
    lane.set({ name, entry, sequence: this.#sequence++ })
    this.#onDepth(entry.priority, lane.size)
  }

  /** Replaces an entry of the same priority where it stands. */
  replace(name: string, entry: ReadyEntry): void {
    const sequence = this.#lanes[entry.priority].get(name, entry)?.sequence
    if (sequence === undefined) return
    this.#entries.set(name, entry)
    this.#lanes[entry.priority].set({ name, entry, sequence })
  }

  get(name: string): ReadyEntry | undefined {
    return this.#entries.get(name)
  }

  delete(name: string): ReadyEntry | undefined {
    const entry = this.#entries.get(name)
    if (entry === undefined) return undefined
    this.#entries.delete(name)
    const lane = this.#lanes[entry.priority]
    lane.delete(name, entry)
    this.#onDepth(entry.priority, lane.size)
    return entry
  }

  /**
   * Takes the next entry out: of the namespace of which least is worked on, of several such the one that came first. Undefined when none of
   * this priority or a higher one may be worked on.
   */
  take(least: Priority, loadOf: LoadOf): ReadyEntry | undefined {
    const heads: Queued[] = []
    for (const priority of priorities.slice(0, priorities.indexOf(least) + 1)) {
      const head = this.#lanes[priority].next(loadOf)
      if (head !== undefined) heads.push(head)
    }
    const [urgent] = heads
    if (urgent === undefined) return undefined
    this.#taken++
    return this.delete((this.#taken % fairShare === 0 ? longestWaiting(heads) : urgent).name)
  }
}

/** Entries of one priority, by namespace and name. */
class Lane {
  // a Map keeps the order of insertion, and deletes anywhere in constant time
  readonly #namespaces = new Map<string, Map<string, Queued>>()
  size = 0

  get(name: string, { key: { namespace } }: ReadyEntry): Queued | undefined {
    return this.#namespaces.get(namespace)?.get(name)
  }

  set(queued: Queued): void {
    const { namespace } = queued.entry.key
    const entries = this.#namespaces.get(namespace) ?? new Map<string, Queued>()
    this.#namespaces.set(namespace, entries)
    if (!entries.has(queued.name)) this.size++
    entries.set(queued.name, queued)
  }

  delete(name: string, { key: { namespace } }: ReadyEntry): void {
    const entries = this.#namespaces.get(namespace)
    if (entries?.delete(name) !== true) return
    this.size--
    if (entries.size === 0) this.#namespaces.delete(namespace)
  }

  next(loadOf: LoadOf): Queued | undefined {
    let best: Queued | undefined
    let bestLoad = Infinity
    for (const [namespace, entries] of this.#namespaces) {
      const load = loadOf(namespace)
      const [first] = entries.values()
      if (load === Infinity || first === undefined) continue
      if (best !== undefined && (load > bestLoad || (load === bestLoad && first.sequence > best.sequence))) continue
      best = first
      bestLoad = load
    }
    return best
  }
}

function longestWaiting(heads: readonly Queued[]): Queued {
  return heads.reduce((longest, head) => (head.entry.sinceMs < longest.entry.sinceMs ? head : longest))
}
