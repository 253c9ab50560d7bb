// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import { shorten } from './limits.ts'
import { metadataOf } from './lines.ts'
import { posting } from './notifier.ts'
import type { Notifier, Payload } from './notifier.ts'

// https://core.telegram.org/bots/api#sendmessage: 4096 characters after entities are read
const mostCharacters = 3000

/** The request to the bot API: `spec.channel` is `<chat>[:<topic>]`; the address does not count. */
export const telegramMessage: Payload = ({ event }, to) => {
  if (to.channel === '') throw new NotificationError('InvalidConfig', 'empty Telegram channel: set spec.channel')
  if (to.token === '')
    throw new NotificationError('InvalidConfig', 'empty Telegram token: the Secret needs the key token')
  const { kind = '', name = '', namespace = '' } = event.involvedObject
  const heading = `${event.severity === 'error' ? '🚨' : '💫'} ${kind.toLowerCase()}/${name}/${namespace}`
  const lines = metadataOf(
    event,
    (key, value) => `\\- *${escaped(shorten(key, 100))}*: ${escaped(shorten(value, 200))}\n`,
  )
  const text = `*${escaped(heading)}*\n${escaped(shorten(event.message, mostCharacters))}\n${lines.slice(0, 10).join('')}`
  const [chat = '', ...topic] = to.channel.split(':')
  const thread = topic.length === 0 ? {} : { message_thread_id: topic.join(':') }
  return {
    url: `https://api.telegram.org/bot${encodeURIComponent(to.token).replaceAll('%3A', ':')}/sendMessage`,
    body: JSON.stringify({ chat_id: chat, ...thread, text, parse_mode: 'MarkdownV2' }),
  }
}

/** `telegram`: a message in MarkdownV2. */
export const telegram: Notifier = posting(telegramMessage)

/** https://core.telegram.org/bots/api#markdownv2-style */
function escaped(text: string): string {
  return text.replaceAll(/[\\.\-_[\]()~>`#+=|{}!*]/g, String.raw`\$&`)
}
