// SPDX-License-Identifier: Apache-2.0
import { encodeFluxEvent } from '@tidelock/bus'
import { readEventHub } from '../sender/event-hub.ts'
import { requireCloudAuthorization } from './authorization.ts'
import { posting } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/** `azureeventhub`: the event to an Event Hub, over HTTPS: https://learn.microsoft.com/rest/api/eventhub/send-event */
export const azureEventHub: Notifier = posting(({ event }, to) => ({
  url: `${readEventHub(to).url}/messages?timeout=60&api-version=2014-01`,
  headers: {
    authorization: requireCloudAuthorization(to),
    'content-type': 'application/atom+xml;type=entry;charset=utf-8',
  },
  body: encodeFluxEvent(event),
}))
