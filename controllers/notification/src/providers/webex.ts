// SPDX-License-Identifier: Apache-2.0
import { authorOf } from '../sender/notification.ts'
import { shorten } from './limits.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://developer.webex.com/docs/api/v1/messages/create-a-message: 7439 bytes; a character may take three
const mostCharacters = 2400

/** `webex`: Markdown in the room of `spec.channel`, at https://webexapis.com/v1/messages as the bot of the token. */
export const webex: Notifier = posting(({ event }, to) => {
  const mark = event.severity === 'error' ? '💣' : '✅'
  const lines = metadataOf(event, (key, value) => `>**${key}**: ${value}\n`).join('')
  const markdown = shorten(`${mark} **${authorOf(event)}**\n${event.message}\n${lines}`, mostCharacters)
  return {
    url: requireUrl(to, 'Webex hook').href,
    headers: { authorization: `Bearer ${to.token}` },
    body: JSON.stringify({ roomId: to.channel, markdown }),
  }
})
