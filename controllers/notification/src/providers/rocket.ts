// SPDX-License-Identifier: Apache-2.0
import { authorOf } from '../sender/notification.ts'
import { splitCommitLink } from './commit-link.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/** `rocket`: Slack's format at an incoming webhook of Rocket.Chat, in its own colours. */
export const rocket: Notifier = posting((notification, to) => {
  const { event, link } = splitCommitLink(notification.event)
  const attachment = {
    color: event.severity === 'error' ? '#FF0000' : '#0076D7',
    author_name: authorOf(event),
    ...(link === undefined ? {} : { title: link.text, title_link: link.url }),
    text: event.message,
    mrkdwn_in: ['text'],
    fields: metadataOf(event, (title, value) => ({ title, value, short: false })),
  }
  const payload = {
    channel: to.channel,
    username: to.username === '' ? event.reportingController : to.username,
    icon_url: '',
    icon_emoji: '',
    attachments: [attachment],
  }
  return { url: requireUrl(to, 'Rocket hook').href, body: JSON.stringify(payload) }
})
