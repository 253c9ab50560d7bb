// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { encodeFluxEvent } from '@tidelock/bus'
import { authorOf } from '../sender/notification.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/** `matrix`: a text in the room of `spec.channel`. The transaction is named by the event, so that a repetition is known there. */
export const matrix: Notifier = posting(({ event }, to) => {
  const { href } = requireUrl(to, 'Matrix homeserver')
  const transaction = createHash('sha1').update(encodeFluxEvent(event)).digest('hex')
  const lines = metadataOf(event, (key, value) => `- ${key}: ${value}\n`).join('')
  const body = `${event.severity === 'error' ? '🚨' : '💫'} ${authorOf(event)}\n${event.message}\n${lines}`
  const room = encodeURIComponent(to.channel)
  return {
    method: 'PUT',
    url: `${href.replace(/(?<!\/)\/+$/, '')}/_matrix/client/r0/rooms/${room}/send/m.room.message/${transaction}`,
    headers: { authorization: `Bearer ${to.token}` },
    body: JSON.stringify({ body, msgtype: 'm.text' }),
  }
})
