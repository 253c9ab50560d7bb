// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import { shorten } from './limits.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://docs.opsgenie.com/docs/alert-api
const most = { message: 130, description: 15_000 }

/** `opsgenie`: an alert with the metadata as details, by the API key of the Secret. */
export const opsgenie: Notifier = posting(({ event }, to) => {
  if (to.token === '')
    throw new NotificationError('InvalidConfig', 'empty Opsgenie apikey/token: the Secret needs the key token')
  const { kind = '', name = '' } = event.involvedObject
  const alert = {
    message: shorten(`${kind}/${name}`, most.message),
    description: shorten(event.message, most.description),
    details: { ...event.metadata, severity: event.severity },
  }
  return {
    url: requireUrl(to, 'Opsgenie hook').href,
    headers: { authorization: `GenieKey ${to.token}` },
    body: JSON.stringify(alert),
  }
})
