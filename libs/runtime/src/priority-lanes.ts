// SPDX-License-Identifier: Apache-2.0
import type { Priority } from './outcome.ts'
import type { ReadyEntry } from './work-queue.ts'

/** The most urgent first. */
export const priorities: readonly Priority[] = ['user', 'change', 'normal', 'low']
/** Every so many hand-outs one goes to the entry that waits longest, whatever its priority. */
const fairShare = 8

/** Waiting entries by name, first in first out within a priority. */
export class PriorityLanes {
  // a Map keeps the order of insertion, and deletes anywhere in constant time
  readonly #lanes: Readonly<Record<Priority, Map<string, ReadyEntry>>> = {
    user: new Map(),
    change: new Map(),
    normal: new Map(),
    low: new Map(),
  }
  readonly #onDepth: (priority: Priority, depth: number) => void
  readonly #priorityOf = new Map<string, Priority>()
  #taken = 0

  constructor(onDepth: (priority: Priority, depth: number) => void) {
    this.#onDepth = onDepth
  }

  get size(): number {
    return this.#priorityOf.size
  }

  has(name: string): boolean {
    return this.#priorityOf.has(name)
  }

  /** Puts an entry at the end of its lane. */
  put(name: string, entry: ReadyEntry): void {
    this.#lanes[entry.priority].set(name, entry)
    this.#priorityOf.set(name, entry.priority)
    this.#onDepth(entry.priority, this.#lanes[entry.priority].size)
  }

  /** Replaces an entry of the same priority where it stands. */
  replace(name: string, entry: ReadyEntry): void {
    this.#lanes[entry.priority].set(name, entry)
  }

  get(name: string): ReadyEntry | undefined {
    const priority = this.#priorityOf.get(name)
    return priority === undefined ? undefined : this.#lanes[priority].get(name)
  }

  delete(name: string): ReadyEntry | undefined {
    const entry = this.get(name)
    if (entry === undefined) return undefined
    this.#lanes[entry.priority].delete(name)
    this.#priorityOf.delete(name)
    this.#onDepth(entry.priority, this.#lanes[entry.priority].size)
    return entry
  }

  /** Takes the next entry out, or undefined when there is none of this priority or a higher one. */
  take(least: Priority): ReadyEntry | undefined {
    const lanes = priorities.slice(0, priorities.indexOf(least) + 1).map((priority) => this.#lanes[priority])
    const urgent = lanes.find(({ size }) => size > 0)
    if (urgent === undefined) return undefined
    this.#taken++
    const [first] = this.#taken % fairShare === 0 ? longestWaiting(lanes) : urgent
    return first === undefined ? undefined : this.delete(first[0])
  }
}

function longestWaiting(lanes: readonly ReadonlyMap<string, ReadyEntry>[]): ReadonlyMap<string, ReadyEntry> {
  const since = (lane: ReadonlyMap<string, ReadyEntry>): number => lane.values().next().value?.sinceMs ?? Infinity
  const [first = new Map<string, ReadyEntry>(), ...rest] = lanes
  return rest.reduce((longest, lane) => (since(lane) < since(longest) ? lane : longest), first)
}
