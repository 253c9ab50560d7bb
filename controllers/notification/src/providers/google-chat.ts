// SPDX-License-Identifier: Apache-2.0
import { authorOf } from '../sender/notification.ts'
import { shorten } from './limits.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// a message may have 32,000 bytes
const mostCharacters = 6000

/** `googlechat`: a card at a webhook of Google Chat. Texts of cards are read as HTML there. */
export const googleChat: Notifier = posting(({ event }, to) => {
  const text = escaped(shorten(event.message, mostCharacters))
  const paragraph = event.severity === 'error' ? `<font color="#ff0000">${text}</font>` : text
  const facts = metadataOf(event, (topLabel, value) => ({
    keyValue: { topLabel, content: escaped(value), contentMultiline: false },
  }))
  const card = {
    header: { title: authorOf(event), subtitle: event.reportingController },
    sections: [
      { widgets: [{ textParagraph: { text: paragraph } }] },
      ...(facts.length === 0 ? [] : [{ widgets: facts }]),
    ],
  }
  return { url: requireUrl(to, 'Google Chat hook').href, body: JSON.stringify({ cards: [card] }) }
})

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
