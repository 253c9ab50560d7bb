// SPDX-License-Identifier: Apache-2.0
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { shorten } from './limits.ts'
import { slackMessage } from './slack.ts'

// Discord shows a Slack attachment as an embed, whose description it bounds
const mostCharacters = 4096

/** `discord`: the format of Slack, which Discord takes at `<webhook>/slack`; a webhook has its channel already. */
export const discord: Notifier = posting((notification, to) => {
  const url = requireUrl(to, 'Discord hook')
  if (!url.pathname.endsWith('/slack')) url.pathname = `${url.pathname.replace(/\/+$/, '')}/slack`
  const { event } = notification
  const short = { ...notification, event: { ...event, message: shorten(event.message, mostCharacters) } }
  return slackMessage(url.href, short, { ...to, channel: '', token: '' })
})
