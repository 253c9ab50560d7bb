// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { NotificationError } from '../../errors.ts'
import type { Notification } from '../../sender/notification.ts'
import { shorten } from '../limits.ts'

/** A comment on a pull or merge request. */
export interface Comment {
  /** Number of the request. */
  readonly request: number
  /** Stands in the body, unseen, and tells the comment of this object from others. */
  readonly marker: string
  /** Markdown. */
  readonly body: string
}

const changeRequestKey = 'change_request'

/**
 * The comment that a notification becomes: one an object and Provider, which each later notification replaces. `bound` is the longest
 * text that the service takes. Throws `Refused` for an event that names no request.
 */
export function commentOf({ event, provider }: Notification, key: string, bound: number): Comment {
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  const marker = `<!-- ${key}:${provider.metadata.uid ?? ''}/${kind}/${namespace}/${name} -->`
  const text = event.metadata?.[changeRequestKey]
  const request = Number(text)
  if (text === undefined || !Number.isSafeInteger(request) || request <= 0)
    throw new NotificationError('Refused', `the metadata key ${changeRequestKey} must be the number of a pull request`)
  return { request, marker, body: `${marker}\n\n${markdown(event, bound - marker.length - 2)}` }
}

function markdown(event: FluxEvent, bound: number): string {
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  const lines = Object.entries(event.metadata ?? {})
    .filter(([key]) => key !== changeRequestKey)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `* \`${key}\`: ${value}\n`)
  const head = `## Flux Status\n\n${event.severity === 'error' ? '⚠️' : 'ℹ️'} ${kind}/${namespace}/${name}\n\n`
  const tail = `\n\nMetadata:\n${lines.join('')}`
  const room = bound - head.length - tail.length
  return room < 1 ? shorten(`${head}${event.message}`, bound) : `${head}${shorten(event.message, room)}${tail}`
}
