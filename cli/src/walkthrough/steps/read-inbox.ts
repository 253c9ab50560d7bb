// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import type { InboxMessage } from '../../up/inbox.ts'
import type { Stage } from '../stage.ts'

const shown = 3

/** Waits until the inbox has been told that the newest commit is live, and shows the last messages. */
export async function readInbox(stage: Stage): Promise<void> {
  const head = await stage.git('rev-parse', 'HEAD')
  stage.typed(`curl -s ${stage.inboxUrl}`)
  let found: readonly FluxEvent[] = []
  const tookMs = await stage.until('the inbox has a message about the newest commit', performance.now(), async () => {
    const messages = await fetchMessages(stage)
    found = messages.filter(({ metadata }) => metadata?.['revision']?.endsWith(head) === true)
    const isTold = found.some(({ reason }) => reason === 'ReconciliationSucceeded')
    return isTold ? undefined : `it has ${messages.length} messages, ${found.length} about this commit`
  })
  for (const { involvedObject, severity, message } of found.slice(-shown)) {
    const [line = ''] = message.split('\n', 1)
    stage.tell(`${severity}  ${involvedObject.kind}/${involvedObject.name}: ${line}`)
  }
  stage.came(`${found.length} messages about commit ${head.slice(0, 8)}`, tookMs)
}

async function fetchMessages({ inboxUrl, signal }: Stage): Promise<readonly FluxEvent[]> {
  const response = await fetch(inboxUrl, { signal })
  const messages = (await response.json()) as readonly InboxMessage[]
  return messages.map(({ body }) => body).filter(isEvent)
}

function isEvent(body: unknown): body is FluxEvent {
  return typeof body === 'object' && body !== null && 'involvedObject' in body && 'reason' in body
}
