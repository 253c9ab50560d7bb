// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import { authorOf } from '../sender/notification.ts'
import { splitCommitLink } from './commit-link.ts'
import type { CommitLink } from './commit-link.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { fittingEntries, fittingJson } from './limits.ts'

// Teams refuses messages of more than 28 KB
const most = { bytes: 28_000, characters: 6000 }
const factLimits = { entries: 50, key: 256, value: 1000, total: 3000 }
const connectorHost = '.webhook.office.com'

/** `msteams`: an Adaptive Card for a workflow's webhook, or a MessageCard for a connector of Office 365. */
export const msteams: Notifier = posting(({ event }, to) => {
  const url = requireUrl(to, 'MS Teams webhook')
  const card = url.hostname.endsWith(connectorHost) ? messageCard : adaptiveCard
  return { url: url.href, body: fittingJson(event.message, most, (message) => card({ ...event, message })) }
})

/** https://learn.microsoft.com/outlook/actionable-messages/message-card-reference */
function messageCard(whole: FluxEvent): object {
  const { event, link } = splitCommitLink(whole)
  const name = authorOf(event)
  const facts = factsOf(event).map(([key, value]) => ({ name: key, value }))
  return {
    '@type': 'MessageCard',
    '@context': 'http://schema.org/extensions',
    themeColor: event.severity === 'error' ? 'FF0000' : '0076D7',
    summary: name,
    sections: [{ activityTitle: event.message, activitySubtitle: name, facts }],
    ...(link === undefined ? {} : { potentialAction: [openUri(link)] }),
  }
}

function openUri({ text, url }: CommitLink): object {
  return { '@type': 'OpenUri', name: text, targets: [{ os: 'default', uri: url }] }
}

/** https://adaptivecards.io/explorer, version 1.4: the newest that Teams shows. */
function adaptiveCard(whole: FluxEvent): object {
  const { event, link } = splitCommitLink(whole)
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
    ...(link === undefined ? {} : { actions: [{ type: 'Action.OpenUrl', title: link.text, url: link.url }] }),
    msteams: { width: 'Full' },
  }
  return { type: 'message', attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', content }] }
}

/** The metadata, its summary first. */
function factsOf({ metadata = {} }: FluxEvent): readonly (readonly [string, string])[] {
  const rank = (key: string): string => (key === 'summary' ? '' : key)
  const sorted = Object.entries(metadata).toSorted(([a], [b]) => (rank(a) < rank(b) ? -1 : 1))
  return fittingEntries(sorted, factLimits)
}
