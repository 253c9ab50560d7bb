// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import { basicAuthorization } from './authorization.ts'
import { markdownPost } from './markdown.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://zulip.com/api/send-message
const mostCharacters = 10_000

/** `zulip`: Markdown in the channel and topic of `spec.channel`, `<channel>/<topic>`, as the bot whose name and API key are username and password. */
export const zulip: Notifier = posting(({ event }, to) => {
  const url = requireUrl(to, 'Zulip endpoint')
  const slash = to.channel.indexOf('/')
  const [channel, topic] = [to.channel.slice(0, slash), to.channel.slice(slash + 1)]
  if (slash < 1 || topic === '')
    throw new NotificationError('InvalidConfig', 'invalid Zulip channel: spec.channel must be <channel>/<topic>')
  url.pathname = '/api/v1/messages'
  const form = new URLSearchParams({
    content: markdownPost(event, mostCharacters),
    to: channel,
    topic,
    type: 'stream',
  })
  return {
    url: url.href,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...basicAuthorization(to) },
    body: form.toString(),
  }
})
