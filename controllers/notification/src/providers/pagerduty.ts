// SPDX-License-Identifier: Apache-2.0
import type { FluxEvent } from '@tidelock/api'
import type { Message } from '../sender/sender.ts'
import { splitCommitLink } from './commit-link.ts'
import { shorten } from './limits.ts'
import { objectName, reasonInWords } from './words.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

// https://developer.pagerduty.com/docs/send-alert-event
const mostSummaryCharacters = 1024

/**
 * `pagerduty`: Events API v2. An error opens the incident of its object, anything else resolves it and is a change event too; the
 * routing key is `spec.channel`.
 */
export const pagerduty: Notifier = posting(({ event }, to) => {
  // neither good nor bad yet
  if (event.reason === 'Progressing') return undefined
  const { origin } = requireUrl(to, 'PagerDuty endpoint')
  const { link } = splitCommitLink(event)
  const links = link === undefined ? {} : { links: [{ href: link.url, text: link.text }] }
  const incident = message(`${origin}/v2/enqueue`, {
    routing_key: to.channel,
    event_action: event.severity === 'error' ? 'trigger' : 'resolve',
    dedup_key: event.involvedObject.uid ?? '',
    ...(event.severity === 'error' ? { payload: incidentOf(event), ...links } : {}),
  })
  if (event.severity === 'error') return incident
  const change = { routing_key: to.channel, payload: changeOf(event), ...links }
  return [incident, message(`${origin}/v2/change/enqueue`, change)]
})

function message(url: string, body: object): Message {
  return { url, body: JSON.stringify(body) }
}

function incidentOf(event: FluxEvent): object {
  const { involvedObject, metadata } = event
  return {
    ...common(event),
    severity: 'error',
    component: involvedObject.name,
    group: involvedObject.kind,
    custom_details: { message: event.message, metadata },
  }
}

function changeOf(event: FluxEvent): object {
  return { ...common(event), custom_details: { message: event.message, metadata: event.metadata } }
}

function common(event: FluxEvent): object {
  const summary = `${reasonInWords(event)}: ${objectName(event)}`
  const { reportingController, timestamp } = event
  return { summary: shorten(summary, mostSummaryCharacters), source: `Flux ${reportingController}`, timestamp }
}
