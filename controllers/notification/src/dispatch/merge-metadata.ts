// SPDX-License-Identifier: Apache-2.0
import { eventGroup } from '@tidelock/api'
import type { Alert, FluxEvent } from '@tidelock/api'
import { groupOf } from '../events/metadata.ts'

/** An event with plain metadata, and where a key came from more than one place. */
export interface Merged {
  readonly event: FluxEvent
  /** Key to the places, joined by commas; empty when there is no conflict. */
  readonly conflicts: Readonly<Record<string, string>>
}

/** Merges the metadata for one Alert, from low to high: annotations of the object, the Alert's own, its summary, what the controller gave. */
export function mergeMetadata(event: FluxEvent, { spec }: Pick<Alert, 'spec'>): Merged {
  const plain = (group: string): [string, string][] =>
    Object.entries(event.metadata ?? {})
      .filter(([key]) => key.startsWith(`${group}/`))
      .map(([key, value]) => [key.slice(group.length + 1), value])
  const layers: readonly [place: string, entries: readonly [string, string][]][] = [
    ['involved object annotations', plain(eventGroup)],
    ['Alert object .spec.eventMetadata', Object.entries(spec.eventMetadata ?? {})],
    ['Alert object .spec.summary', (spec.summary ?? '') === '' ? [] : [['summary', spec.summary ?? '']]],
    ['involved object controller metadata', plain(groupOf(event))],
  ]
  const metadata = new Map<string, string>()
  const places = new Map<string, string[]>()
  for (const [place, entries] of layers) {
    for (const [key, value] of entries) {
      metadata.set(key, value)
      places.set(key, [...(places.get(key) ?? []), place])
    }
  }
  const conflicts = [...places].filter(([, from]) => from.length > 1).map(([key, from]) => [key, from.join(', ')])
  return {
    // in the order in which Go writes a map
    event: { ...event, metadata: Object.fromEntries([...metadata].sort(([a], [b]) => (a < b ? -1 : 1))) },
    conflicts: Object.fromEntries(conflicts) as Record<string, string>,
  }
}
