// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'

/** First tokens of every event's subject. */
export const eventSubjectPrefix = 'tidelock.events'

/**
 * `tidelock.events.<severity>.<kind>.<namespace>.<name>`: kind in lower case, `_` for a namespace that is absent.
 * Subscribe to all with `tidelock.events.>`, to one namespace with `tidelock.events.*.*.<namespace>.*`.
 */
export function eventSubject(event: FluxEvent, prefix: string = eventSubjectPrefix): string {
  const { kind = '', namespace = '', name = '' } = event.involvedObject
  return [prefix, event.severity, ...[kind.toLowerCase(), namespace, name].map(escapeToken)].join('.')
}

/** The subjects that a durable consumer must be allowed to publish to: to make and read itself, to ask for events, to acknowledge them. */
export function consumerSubjects(stream: string, durable: string): string[] {
  const place = `${stream}.${durable}`
  return [
    `$JS.API.CONSUMER.CREATE.${place}.>`,
    `$JS.API.CONSUMER.INFO.${place}`,
    `$JS.API.CONSUMER.MSG.NEXT.${place}`,
    `$JS.ACK.${place}.>`,
  ]
}

/** A token of a subject: what NATS gives a meaning to (dots, wildcards, blanks) is percent-encoded; '' becomes `_`. */
export function escapeToken(text: string): string {
  if (text === '') return '_'
  return text.replace(/[^A-Za-z0-9-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  )
}
