// SPDX-License-Identifier: Apache-2.0
import { authorOf } from '../sender/notification.ts'
import type { Notification } from '../sender/notification.ts'
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
  if (!url.pathname.endsWith('/slack')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/slack`
  return slackMessage(url.href, fitting(notification), { ...to, channel: '', token: '' })
})

function fitting(notification: Notification): Notification {
  const { event } = notification
  const message = shorten(event.message, mostCharacters)
  const total = mostTogether - message.length - authorOf(event).length
  const metadata = Object.fromEntries(fittingEntries(Object.entries(event.metadata ?? {}), { ...fieldLimits, total }))
  return { ...notification, event: { ...event, message, metadata } }
}
