// SPDX-License-Identifier: Apache-2.0
import { eventMetadataKeys } from '@tidelock/api'
import { authorOf } from '../sender/notification.ts'
import type { Notification } from '../sender/notification.ts'
import { splitCommitLink } from './commit-link.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { fittingEntries, shorten } from './limits.ts'
import { slackMessage } from './slack.ts'

// Discord shows a Slack attachment as an embed, and refuses one of more: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
const mostCharacters = 4096
const mostTogether = 6000
const fieldLimits = { entries: 25, key: 256, value: 1024 }

/** `discord`: the format of Slack, which Discord takes at `<webhook>/slack`; a webhook has its channel already. */
export const discord: Notifier = posting((notification, to) => {
  const url = requireUrl(to, 'Discord hook')
  if (!url.pathname.endsWith('/slack')) url.pathname = `${url.pathname.replace(/(?<!\/)\/+$/, '')}/slack`
  return slackMessage(url.href, fitting(notification), { ...to, channel: '', token: '' })
})

function fitting(notification: Notification): Notification {
  const { event, link } = splitCommitLink(notification.event)
  const message = shorten(event.message, mostCharacters)
  const total = mostTogether - message.length - authorOf(event).length - (link?.text.length ?? 0)
  const fields = fittingEntries(Object.entries(event.metadata ?? {}), { ...fieldLimits, total })
  const linked = link === undefined ? {} : { [eventMetadataKeys.commitUrl]: link.url }
  return { ...notification, event: { ...event, message, metadata: { ...Object.fromEntries(fields), ...linked } } }
}
