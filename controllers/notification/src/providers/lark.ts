// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import type { Answer } from '../sender/sender.ts'
import { authorOf } from '../sender/notification.ts'
import { fittingEntries, fittingJson } from './limits.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://open.larksuite.com/document/client-docs/bot-v3/add-custom-bot: 20 KB a request
const most = { bytes: 20_000, characters: 6000 }
const metadataLimits = { entries: 50, key: 256, value: 1000, total: 2000 }

/** `lark`: an interactive card at the webhook of a custom bot. */
export const lark: Notifier = posting(({ event }, to) => ({
  url: requireUrl(to, 'Lark hook').href,
  body: fittingJson(event.message, most, (message) => cardOf({ ...event, message })),
  check: checkAnswer,
}))

function cardOf(event: FluxEvent): object {
  const isError = event.severity === 'error'
  const entries = fittingEntries(Object.entries(event.metadata ?? {}), metadataLimits)
  const lines = entries.map(([key, value]) => `${escaped(key)}: ${escaped(value)}\n`)
  const content = `**${escaped(event.message)}**\n\n${lines.join('')}`
  return {
    msg_type: 'interactive',
    card: {
      config: { wide_screen_mode: true },
      header: {
        title: { tag: 'plain_text', content: `${isError ? '🚨' : '💫'} ${authorOf(event)}` },
        template: isError ? 'red' : 'turquoise',
      },
      elements: [{ tag: 'div', text: { tag: 'lark_md', content } }],
    },
  }
}

/** Else a message could call everybody by `<at id=all></at>`. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A custom bot says 200 whatever happened; what did stands in the body. */
function checkAnswer({ text }: Pick<Answer, 'text'>): string | undefined {
  try {
    const { code = 0, msg } = JSON.parse(text) as { code?: unknown; msg?: unknown }
    return code === 0 ? undefined : `Lark responded with error ${String(code)}: ${String(msg)}`
  } catch {
    // something between us and Lark, or another service of the same form
    return undefined
  }
}
