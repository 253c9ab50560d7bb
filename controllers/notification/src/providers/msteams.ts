// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { authorOf } from '../sender/notification.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { shorten } from './limits.ts'

// Teams refuses messages of more than 28 KB; a character can take four bytes and what is around it has its share
const mostCharacters = 6000
const connectorHost = '.webhook.office.com'

/** `msteams`: an Adaptive Card for a workflow's webhook, or a MessageCard for a connector of Office 365. */
export const msteams: Notifier = posting(({ event }, to) => {
  const url = requireUrl(to, 'MS Teams webhook')
  const short = { ...event, message: shorten(event.message, mostCharacters) }
  const card = url.hostname.endsWith(connectorHost) ? messageCard(short) : adaptiveCard(short)
  return { url: url.href, body: JSON.stringify(card) }
})

/** https://learn.microsoft.com/outlook/actionable-messages/message-card-reference */
function messageCard(event: FluxEvent): object {
  const name = authorOf(event)
  const facts = factsOf(event).map(([key, value]) => ({ name: key, value }))
  return {
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor: event.severity === 'error' ? 'FF0000' : '0076D7',
    summary: name,
    sections: [{ activityTitle: event.message, activitySubtitle: name, facts }],
  }
}

/** https://adaptivecards.io/explorer, version 1.4: the newest that Teams shows. */
function adaptiveCard(event: FluxEvent): object {
  const facts = factsOf(event).map(([title, value]) => ({ title, value }))
  const items = [
    { type: 'TextBlock', text: authorOf(event), size: 'large', weight: 'bolder', wrap: true },
    {
      type: 'TextBlock',
      text: event.message,
      wrap: true,
      ...(event.severity === 'error' ? { color: 'attention' } : {}),
    },
    { type: 'FactSet', ...(facts.length === 0 ? {} : { facts }) },
  ]
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body: [{ type: 'Container', items }],
    msteams: { width: 'Full' },
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] }
}

/** The metadata, its summary first. */
function factsOf({ metadata = {} }: FluxEvent): [string, string][] {
  const rank = (key: string): string => (key === 'summary' ? '' : key)
  return Object.entries(metadata).toSorted(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
}
