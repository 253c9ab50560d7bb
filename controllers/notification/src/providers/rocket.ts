// SPDX-License-Identifier: Apache-2.0
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { slackPayload } from './slack.ts'

const colors = { error: '#FF0000', other: '#0076D7' } as const

/** `rocket`: Slack's format at an incoming webhook of Rocket.Chat, in its own colours. */
export const rocket: Notifier = posting((notification, to) => {
  const { href: url } = requireUrl(to, 'Rocket hook')
  return { url, body: JSON.stringify(slackPayload(notification, to, { colors })) }
})
