// SPDX-License-Identifier: Apache-2.0
import type { CoreEvent } from './core-event.ts'

/** What is known of an event that stands in the cluster. */
interface Seen {
  readonly name: string
  count: number
}

interface Similar {
  readonly messages: Set<string>
  lastMs: number
}

/** How an event is to be written: a new one, or one more of a kind that stands there. */
export type Correlated =
  | { readonly kind: 'create'; readonly event: CoreEvent; readonly key: string }
  | {
      readonly kind: 'count'
      readonly event: CoreEvent
      readonly name: string
      readonly count: number
      readonly key: string
    }

const maxEntries = 4096
/** After so many that differ only in their message within the window, the others share one. */
const maxSimilar = 10
const windowMs = 600_000

/**
 * Keeps the cluster from filling with repeated events, by the rules of client-go's correlator: an event that was written
 * before is counted up; of many that differ only in their message all further ones share one. It never drops any.
 */
export class EventCorrelator {
  readonly #seen = new Map<string, Seen>()
  readonly #similar = new Map<string, Similar>()

  /** Decides how to write the event; call `written` when that is done. */
  correlate(event: CoreEvent, nowMs: number): Correlated {
    const aggregated = this.#aggregate(event, nowMs)
    // those that were combined count as one, whatever their message
    const key = aggregated === event ? `${groupKey(event)}\n${event.message}` : `${groupKey(event)}\ncombined`
    const seen = this.#seen.get(key)
    if (seen === undefined) return { kind: 'create', event: aggregated, key }
    return { kind: 'count', event: aggregated, name: seen.name, count: seen.count + 1, key }
  }

  /** Remembers that an event stands in the cluster under the name and with the count. */
  written(key: string, name: string, count: number): void {
    touch(this.#seen, key, { name, count })
  }

  /** Forgets an event that turned out to be gone. */
  forget(key: string): void {
    this.#seen.delete(key)
  }

  #aggregate(event: CoreEvent, nowMs: number): CoreEvent {
    const key = groupKey(event)
    const known = this.#similar.get(key)
    const similar =
      known !== undefined && nowMs - known.lastMs <= windowMs ? known : { messages: new Set<string>(), lastMs: 0 }
    similar.lastMs = nowMs
    if (similar.messages.size < maxSimilar) similar.messages.add(event.message)
    touch(this.#similar, key, similar)
    if (similar.messages.has(event.message)) return event
    return { ...event, message: `(combined from similar events): ${event.message}` }
  }
}

function groupKey(event: CoreEvent): string {
  const { kind, namespace, name, uid, apiVersion } = event.involvedObject
  return [event.source.component, kind, namespace, name, uid, apiVersion, event.type, event.reason].join('\n')
}

function touch<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key)
  map.set(key, value)
  for (const oldest of map.keys()) {
    if (map.size <= maxEntries) break
    map.delete(oldest)
  }
}
