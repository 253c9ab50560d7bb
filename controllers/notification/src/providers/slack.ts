// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import type { Destination } from '../sender/destination.ts'
import type { Answer, Message } from '../sender/sender.ts'
import { authorOf } from '../sender/notification.ts'
import type { Notification } from '../sender/notification.ts'
import { splitCommitLink } from './commit-link.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier, Payload } from './notifier.ts'

const apiUrl = 'https://slack.com/api/chat.postMessage'

/** What one service shows otherwise than another that takes Slack's format. */
interface Look {
  readonly colors: Readonly<Record<'error' | 'other', string>>
  /** A line for where attachments cannot be shown; absent: none. */
  readonly fallback?: (event: FluxEvent) => string
}

/** The payload in Slack's format, which others speak too: the event as one attachment. */
export function slackPayload(notification: Notification, to: Destination, { colors, fallback }: Look): object {
  const { event, link } = splitCommitLink(notification.event)
  const attachment = {
    ...(fallback === undefined ? {} : { fallback: fallback(event) }),
    color: event.severity === 'error' ? colors.error : colors.other,
    author_name: authorOf(event),
    ...(link === undefined ? {} : { title: link.text, title_link: link.url }),
    text: event.message,
    mrkdwn_in: ['text'],
    fields: metadataOf(event, (title, value) => ({ title, value, short: false })),
  }
  return {
    channel: to.channel,
    username: to.username === '' ? event.reportingController : to.username,
    icon_url: '',
    icon_emoji: '',
    attachments: [attachment],
  }
}

const slackLook: Look = {
  colors: { error: 'danger', other: 'good' },
  fallback: (event) => `${authorOf(event)}: ${event.message.split('\n', 1)[0] ?? ''}`,
}

/** A message as Slack takes it. `url` is where it goes. */
export const slackMessage: (url: string, ...args: Parameters<Payload>) => Message = (url, notification, to) => {
  const authorization = to.token === '' ? {} : { authorization: `Bearer ${to.token}` }
  return { url, headers: authorization, body: JSON.stringify(slackPayload(notification, to, slackLook)) }
}

/** `slack`: an incoming webhook, or chat.postMessage with a token. */
export const slack: Notifier = posting((notification, to) => {
  const { href } = requireUrl(to, 'Slack hook')
  const { event } = notification
  const shown = { ...notification, event: { ...event, message: escapeText(event.message) } }
  return { ...slackMessage(href, shown, to), ...(href === apiUrl ? { check: checkApiAnswer } : {}) }
})

// https://docs.slack.dev/messaging/formatting-message-text#escaping: else a message could call a channel, or hide where a link leads
function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** The API says 200 whatever happened; what did stands in the body. */
export function checkApiAnswer({ text }: Pick<Answer, 'text'>): string | undefined {
  try {
    const { ok, error } = JSON.parse(text) as { ok?: unknown; error?: unknown }
    return ok === true ? undefined : `Slack responded with error: ${String(error)}`
  } catch {
    return 'Slack responded with something that is no JSON'
  }
}
