// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { shorten } from './limits.ts'

/** The metadata key that names the pull or merge request of an event. */
export const changeRequestKey = 'change_request'

/** An event as a text in Markdown, as Flux words it; at most `bound` characters, for which the message is cut. */
export function markdownPost(event: FluxEvent, bound: number): string {
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
