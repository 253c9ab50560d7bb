// SPDX-License-Identifier: Apache-2.0
import type { Answer, Message } from '../sender/sender.ts'
import { authorOf } from '../sender/notification.ts'
import { splitCommitLink } from './commit-link.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier, Payload } from './notifier.ts'

const apiUrl = 'https://slack.com/api/chat.postMessage'

/** A message in Slack's format, which others speak too. `url` is where it goes. */
export const slackMessage: (url: string, ...args: Parameters<Payload>) => Message = (url, notification, to) => {
  const { event, link } = splitCommitLink(notification.event)
  const author = authorOf(event)
  const fields = Object.entries(event.metadata ?? {}).map(([title, value]) => ({ title, value, short: false }))
  const attachment = {
    fallback: `${author}: ${event.message.split('\n', 1)[0] ?? ''}`,
    color: event.severity === 'error' ? 'danger' : 'good',
    author_name: author,
    ...(link === undefined ? {} : { title: link.text, title_link: link.url }),
    text: event.message,
    mrkdwn_in: ['text'],
    fields,
  }
  const payload = {
    channel: to.channel,
    username: to.username === '' ? event.reportingController : to.username,
    icon_url: '',
    icon_emoji: '',
    attachments: [attachment],
  }
  const authorization = to.token === '' ? {} : { authorization: `Bearer ${to.token}` }
  return { url, headers: authorization, body: JSON.stringify(payload) }
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
