// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { Clock, ObjectKey } from '@tidelock/api'
import { ActiveWork } from './active-work.ts'
import type { WorkShares } from './active-work.ts'
import type { EnqueueOptions } from './controller-spec.ts'
import type { Priority, Trigger } from './outcome.ts'
import { PriorityLanes, priorities } from './priority-lanes.ts'

/** What a worker gets. */
export interface QueueItem {
  readonly key: ObjectKey
  readonly priority: Priority
  readonly trigger: Trigger | undefined
}

/** Sees what a queue does, for metrics. */
export interface QueueObserver {
  added(): void
  depth(priority: Priority, depth: number): void
  taken(waitedMs: number): void
  done(workedMs: number): void
  delayed(): void
}

/** Settings of a work queue. */
export interface WorkQueueOptions extends WorkShares {
  readonly clock: Clock
  /** Bounds of the delay of `retry`, which doubles with each failure in a row. */
  readonly backoff: { readonly minMs: number; readonly maxMs: number }
  readonly observer?: QueueObserver
  /** Told when an object is added that is being worked on. */
  readonly onOvertaken?: (item: QueueItem) => void
}

interface Delayed {
  readonly dueAtMs: number
  readonly priority: Priority
  readonly trigger: Trigger | undefined
  readonly cancel: () => void
}

/** An object that waits for a worker. */
export interface ReadyEntry extends QueueItem {
  readonly sinceMs: number
}

/**
 * Objects that want to be reconciled. An object is in it at most once, and never with two workers at a time: added
 * while it is worked on, it is handed out again afterwards. Of several times asked for, the earliest counts; of several
 * priorities, the highest. Urgent objects go first, and one hand-out in eight goes to whoever waits longest, so that
 * none starves. Among objects of one priority namespaces take turns. While others are worked on, those of low priority get a share of the
 * workers only; a few workers can be kept for what a user waits for, so that it need not wait for the end of something else; and work
 * that takes long can be told to hold none.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions
  readonly #ready: PriorityLanes
  readonly #delayed = new Map<string, Delayed>()
  readonly #active: ActiveWork
  /** Added while being worked on. */
  readonly #dirty = new Map<string, ReadyEntry>()
  readonly #failures = new Map<string, number>()
  readonly #waiters: ((item: QueueItem | undefined) => void)[] = []
  #closed = false

  constructor(options: WorkQueueOptions) {
    this.#options = options
    this.#active = new ActiveWork(options.clock, options, () => this.#handOut())
    this.#ready = new PriorityLanes((priority, depth) => options.observer?.depth(priority, depth))
  }

  /** Objects that wait for a worker, without those whose time has not come. */
  get depth(): number {
    return this.#ready.size
  }

  /** Objects that are being worked on, and since when. */
  processing(): readonly number[] {
    return this.#active.since()
  }

  /** Adds an object, now or after a time. Does nothing once the queue is shut down. */
  add(key: ObjectKey, options: EnqueueOptions = {}): void {
    if (this.#closed) return
    const { priority = 'normal', afterMs = 0, trigger } = options
    const name = formatKey(key)
    if (afterMs > 0) return this.#addLater(name, key, { priority, afterMs, trigger })
    const planned = this.#delayed.get(name)
    planned?.cancel()
    this.#delayed.delete(name)
    this.#addNow(name, { key, priority: higher(priority, planned?.priority), trigger: trigger ?? planned?.trigger })
  }

  /** The next object; undefined when the signal aborts or the queue is shut down. Pair it with `done`. */
  next(signal: AbortSignal): Promise<QueueItem | undefined> {
    if (this.#closed || signal.aborted) return Promise.resolve(undefined)
    const entry = this.#take()
    if (entry !== undefined) return Promise.resolve(this.#hand(entry))
    return new Promise((resolve) => {
      const waiter = (item: QueueItem | undefined): void => {
        signal.removeEventListener('abort', abort)
        resolve(item)
      }
      const abort = (): void => {
        const index = this.#waiters.indexOf(waiter)
        if (index !== -1) this.#waiters.splice(index, 1)
        waiter(undefined)
      }
      signal.addEventListener('abort', abort, { once: true })
      this.#waiters.push(waiter)
    })
  }

  /** The work on the object has ended. */
  done(key: ObjectKey): void {
    const name = formatKey(key)
    const sinceMs = this.#active.end(name)
    if (sinceMs === undefined) return
    this.#options.observer?.done(this.#options.clock.monotonic() - sinceMs)
    const again = this.#dirty.get(name)
    this.#dirty.delete(name)
    if (again !== undefined && !this.#closed) this.#ready.put(name, again)
    this.#handOut()
  }

  /** What `retry` would wait for the object now. */
  backoffMs(key: ObjectKey): number {
    const { minMs, maxMs } = this.#options.backoff
    return Math.min(maxMs, minMs * 2 ** Math.min(this.#failures.get(formatKey(key)) ?? 0, 40))
  }

  /** Adds the object again after its backoff and returns that; each call in a row doubles it. */
  retry(key: ObjectKey, priority: Priority = 'normal'): number {
    const afterMs = this.backoffMs(key)
    const name = formatKey(key)
    this.#failures.set(name, (this.#failures.get(name) ?? 0) + 1)
    this.add(key, { priority, afterMs })
    return afterMs
  }

  /** Starts the object's backoff over. */
  forget(key: ObjectKey): void {
    this.#failures.delete(formatKey(key))
  }

  /** Takes the object out of everything that waits; work under way goes on. For objects that are gone. */
  remove(key: ObjectKey): void {
    const name = formatKey(key)
    this.#delayed.get(name)?.cancel()
    this.#delayed.delete(name)
    this.#dirty.delete(name)
    this.#ready.delete(name)
    this.#failures.delete(name)
  }

  /** Hands out nothing more and wakes who waits. */
  shutdown(): void {
    this.#closed = true
    for (const planned of this.#delayed.values()) planned.cancel()
    this.#delayed.clear()
    for (const waiter of this.#waiters.splice(0)) waiter(undefined)
  }

  #addLater(
    name: string,
    key: ObjectKey,
    options: { readonly priority: Priority; readonly afterMs: number; readonly trigger: Trigger | undefined },
  ): void {
    this.#options.observer?.delayed()
    // it runs sooner than asked for anyway
    if (this.#ready.has(name) || this.#dirty.has(name)) return
    const planned = this.#delayed.get(name)
    const priority = higher(options.priority, planned?.priority)
    const dueAtMs = Math.min(this.#options.clock.monotonic() + options.afterMs, planned?.dueAtMs ?? Infinity)
    planned?.cancel()
    const trigger = options.trigger ?? planned?.trigger
    const cancel = this.#options.clock.setTimeout(() => {
      this.#delayed.delete(name)
      this.#addNow(name, { key, priority, trigger })
    }, dueAtMs - this.#options.clock.monotonic())
    this.#delayed.set(name, { dueAtMs, priority, trigger, cancel })
  }

  #addNow(name: string, item: QueueItem): void {
    this.#options.observer?.added()
    const entry = { ...item, sinceMs: this.#options.clock.monotonic() }
    if (!this.#active.has(name)) return this.#offer(name, entry)
    const before = this.#dirty.get(name)
    this.#dirty.set(name, before === undefined ? entry : merge(before, entry))
    this.#options.onOvertaken?.(item)
  }

  #offer(name: string, entry: ReadyEntry): void {
    const before = this.#ready.get(name)
    const merged = before === undefined ? entry : merge(before, entry)
    if (merged.priority === before?.priority) return this.#ready.replace(name, merged)
    this.#ready.delete(name)
    this.#ready.put(name, merged)
    this.#handOut()
  }

  #take(): ReadyEntry | undefined {
    const least = this.#active.least()
    return least === undefined ? undefined : this.#ready.take(least, (namespace) => this.#active.load(namespace))
  }

  /** Hands out what waits, as far as it may go now. */
  #handOut(): void {
    while (this.#waiters.length > 0 && !this.#closed) {
      const entry = this.#take()
      if (entry === undefined) return
      this.#waiters.shift()?.(this.#hand(entry))
    }
  }

  #hand(entry: ReadyEntry): QueueItem {
    const now = this.#options.clock.monotonic()
    const { key, priority } = entry
    this.#active.begin(formatKey(key), { namespace: key.namespace, priority, sinceMs: now })
    this.#options.observer?.taken(now - entry.sinceMs)
    return { key, priority, trigger: entry.trigger }
  }
}

function isLower(a: Priority, b: Priority): boolean {
  return priorities.indexOf(a) > priorities.indexOf(b)
}

function higher(a: Priority, b: Priority | undefined): Priority {
  return b === undefined || isLower(b, a) ? a : b
}

function merge(before: ReadyEntry, entry: ReadyEntry): ReadyEntry {
  const priority = higher(entry.priority, before.priority)
  const trigger = entry.trigger ?? before.trigger
  return { key: entry.key, sinceMs: before.sinceMs, priority, trigger }
}
