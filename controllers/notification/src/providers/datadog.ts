// SPDX-License-Identifier: Apache-2.0
import { NotificationError } from '../errors.ts'
import { shorten } from './limits.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://docs.datadoghq.com/api/latest/events/#post-an-event
const mostCharacters = 4000

/** `datadog`: an event of Datadog, by the API key of the Secret; of the address only scheme and host count (`https://api.datadoghq.eu`). */
export const datadog: Notifier = posting(({ event }, to) => {
  if (to.token === '')
    throw new NotificationError('InvalidConfig', 'empty DataDog API key: the Secret needs the key token')
  const { kind = '', name = '', namespace = '' } = event.involvedObject
  const tags = [
    `flux_reporting_controller:${event.reportingController}`,
    `flux_reason:${event.reason}`,
    ...[`kube_kind:${kind}`, `kube_name:${name}`, `kube_namespace:${namespace}`],
    ...metadataOf(event, (key, value) => `${key}:${value}`),
  ]
  const body = {
    alert_type: event.severity === 'error' ? 'error' : 'info',
    date_happened: Math.floor(Date.parse(event.timestamp) / 1000),
    source_type_name: 'fluxcd',
    tags: tags.map((tag) => tag.toLowerCase()),
    text: shorten(event.message, mostCharacters),
    title: `Events from the ${kind} ${name}/${namespace}`,
  }
  return {
    url: `${requireUrl(to, 'DataDog').origin}/api/v1/events`,
    headers: { accept: 'application/json', 'dd-api-key': to.token },
    body: JSON.stringify(body),
  }
})
