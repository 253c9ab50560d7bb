// SPDX-License-Identifier: Apache-2.0
import { commitStatusUpdate, eventGroup, eventMetadataKeys, parseApiVersion } from '@tidelock/api'
import type { FluxEvent } from '@tidelock/api'

/** The API group of the object that an event is about. */
export function groupOf({ involvedObject }: Pick<FluxEvent, 'involvedObject'>): string {
  return parseApiVersion(involvedObject.apiVersion ?? '').group
}

/** Keeps the metadata of events and of the object's group, without the digests of the latter. The same again changes nothing. */
export function filterMetadata(event: FluxEvent): FluxEvent {
  const group = groupOf(event)
  const { checksum, digest } = eventMetadataKeys
  const dropped = new Set([checksum, digest].map((key) => `${group}/${key}`.toLowerCase()))
  const kept = Object.entries(event.metadata ?? {}).filter(
    ([key]) => !dropped.has(key.toLowerCase()) && (key.startsWith(`${eventGroup}/`) || key.startsWith(`${group}/`)),
  )
  return { ...event, metadata: Object.fromEntries(kept) }
}

/** Without what only tells events apart. */
export function withoutToken(event: FluxEvent): FluxEvent {
  const { [`${groupOf(event)}/${eventMetadataKeys.token}`]: _token, ...metadata } = event.metadata ?? {}
  return { ...event, metadata }
}

/** Whether an event only refreshes the status of a commit. */
export function isCommitStatusUpdate(event: FluxEvent): boolean {
  return event.metadata?.[`${groupOf(event)}/${eventMetadataKeys.commitStatus}`] === commitStatusUpdate
}

/** Whether the metadata that people or controllers gave for events have a value for the key. */
export function hasEventKey(event: FluxEvent, key: 'commit' | 'change_request'): boolean {
  return (event.metadata?.[`${eventGroup}/${key}`] ?? '') !== ''
}
