// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { Priority } from './outcome.ts'
import { priorities } from './priority-lanes.ts'

/** How many objects may be worked on at the same time. */
export interface WorkShares {
  /** In all, but for long work. Absent: any number. */
  readonly workers?: number
  /** Of low priority while others are. Absent: any number. */
  readonly lowBesideOthers?: number
  /** That no user waits for. Absent: any number. */
  readonly routine?: number
  /** When work on an object counts as long, and gives its worker back. Absent: never. */
  readonly longAfterMs?: number
}

/** What is told of an object that is given to a worker. */
export interface WorkStart {
  readonly namespace: string
  readonly priority: Priority
  readonly sinceMs: number
}

interface Work extends WorkStart {
  /** `due` is long work that finds no place beside the workers. */
  state: 'short' | 'due' | 'long'
  readonly cancel: () => void
}

interface Load {
  /** Work that has a worker. */
  short: number
  long: number
}

/** Long work beside the workers, in all, is at most so many times their number. */
const longFactor = 3

/**
 * What is being worked on, and what may be begun beside it. Work that takes long waits for somebody: a cluster far away, a server that does
 * not answer. It gives its worker back and goes on beside, and its namespace has fewer workers meanwhile, down to half of them: so one
 * namespace cannot hold them all, however many slow servers it names.
 */
export class ActiveWork {
  readonly #clock: Clock
  readonly #shares: Required<WorkShares>
  readonly #freed: () => void
  /** By name; the oldest first. */
  readonly #work = new Map<string, Work>()
  readonly #loads = new Map<string, Load>()
  /** How many that have a worker are of each priority. */
  readonly #short: Record<Priority, number> = { user: 0, change: 0, normal: 0, low: 0 }
  #long = 0

  /** `freed` is called when a worker is given back before the end of the work. */
  constructor(clock: Clock, shares: WorkShares, freed: () => void) {
    const any = Infinity
    this.#clock = clock
    this.#shares = { workers: any, lowBesideOthers: any, routine: any, longAfterMs: any, ...shares }
    this.#freed = freed
  }

  has(name: string): boolean {
    return this.#work.has(name)
  }

  /** When each began. */
  since(): number[] {
    return Array.from(this.#work.values(), ({ sinceMs }) => sinceMs)
  }

  begin(name: string, start: WorkStart): void {
    const { longAfterMs } = this.#shares
    const cancel =
      longAfterMs === Infinity ? () => undefined : this.#clock.setTimeout(() => this.#takesLong(name), longAfterMs)
    this.#work.set(name, { ...start, state: 'short', cancel })
    this.#short[start.priority]++
    this.#load(start.namespace).short++
  }

  /** When it began; undefined when it is not worked on. */
  end(name: string): number | undefined {
    const work = this.#work.get(name)
    if (work === undefined) return undefined
    work.cancel()
    this.#work.delete(name)
    const load = this.#load(work.namespace)
    if (work.state === 'long') {
      this.#long--
      load.long--
      this.#promote()
    } else {
      this.#short[work.priority]--
      load.short--
    }
    if (load.short + load.long === 0) this.#loads.delete(work.namespace)
    return work.sinceMs
  }

  /**
   * The least urgent priority that may be begun now; undefined when there is no worker. Routine work leaves a few workers free; that of low
   * priority has all others, or a share of them beside more urgent work.
   */
  least(): Priority | undefined {
    const { workers, lowBesideOthers, routine } = this.#shares
    const { user, low } = this.#short
    const busy = priorities.reduce((sum, priority) => sum + this.#short[priority], 0)
    if (busy >= workers) return undefined
    if (busy - user >= routine) return 'user'
    return low < lowBesideOthers || low === busy ? 'low' : 'normal'
  }

  /** How much of the namespace is worked on; Infinity when it may have no more workers now. */
  load(namespace: string): number {
    const { short, long } = this.#loads.get(namespace) ?? { short: 0, long: 0 }
    const { workers } = this.#shares
    return short >= workers - Math.min(long, Math.ceil(workers / 2)) ? Infinity : short + long
  }

  #load(namespace: string): Load {
    const load = this.#loads.get(namespace) ?? { short: 0, long: 0 }
    this.#loads.set(namespace, load)
    return load
  }

  #takesLong(name: string): void {
    const work = this.#work.get(name)
    if (work === undefined) return
    work.state = 'due'
    this.#promote()
  }

  /** Long work goes beside the workers as far as there is place. */
  #promote(): void {
    const { workers } = this.#shares
    const before = this.#long
    for (const work of this.#work.values()) {
      if (this.#long >= workers * longFactor) break
      const load = this.#load(work.namespace)
      if (work.state !== 'due' || load.long >= workers) continue
      work.state = 'long'
      this.#short[work.priority]--
      load.short--
      load.long++
      this.#long++
    }
    if (this.#long > before) this.#freed()
  }
}

/** How many objects can be worked on at the same time, long work included. */
export function mostAtOnce({ workers = Infinity, longAfterMs }: WorkShares): number {
  return longAfterMs === undefined ? workers : workers * (1 + longFactor)
}
