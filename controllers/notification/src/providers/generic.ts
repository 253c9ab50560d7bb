// SPDX-License-Identifier: Apache-2.0
import { encodeFluxEvent } from '@tidelock/bus'
import type { Message } from '../sender/sender.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier, Payload } from './notifier.ts'

/** The event as Flux posts it, with the name of the reporting controller in a header. */
export const forward: Payload = ({ event }, to): Message => {
  const own = Object.entries(to.headers).map(([name, value]) => [name.toLowerCase(), value])
  return {
    url: requireUrl(to, 'hook').href,
    headers: { 'gotk-component': event.reportingController, ...(Object.fromEntries(own) as Record<string, string>) },
    body: encodeFluxEvent(event),
  }
}

/** `generic`: the event itself, to any address. */
export const generic: Notifier = posting((notification, to) => forward(notification, to))
