// SPDX-License-Identifier: Apache-2.0
import { eventMetadataKeys } from '@tidelock/api'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { splitCommitLink } from './commit-link.ts'
import { basicAuthorization } from './authorization.ts'

/**
 * `alertmanager`: an alert that fires, to the whole address (`…/api/v2/alerts`). It has no end: Alertmanager resolves it when
 * `resolve_timeout` has passed.
 */
export const alertmanager: Notifier = posting((notification, to) => {
  const { event, link } = splitCommitLink(notification.event)
  const { summary, ...metadata } = event.metadata ?? {}
  const { kind = '', name = '', namespace = '' } = event.involvedObject
  const alert = {
    status: 'firing',
    labels: {
      ...metadata,
      alertname: `Flux${kind}${titleCase(event.reason)}`,
      severity: event.severity,
      reason: event.reason,
      kind,
      name,
      namespace,
      reportingcontroller: event.reportingController,
    },
    annotations: {
      message: event.message,
      ...(summary === undefined ? {} : { summary }),
      ...(link === undefined ? {} : { [eventMetadataKeys.commitUrl]: link.url }),
    },
    startsAt: event.timestamp,
  }
  const bearer = to.token === '' ? {} : { authorization: `Bearer ${to.token}` }
  return {
    url: requireUrl(to, 'Alertmanager').href,
    headers: { ...bearer, ...basicAuthorization(to) },
    body: JSON.stringify([alert]),
  }
})

// one word, as Flux writes it: ReconciliationFailed becomes Reconciliationfailed
function titleCase(reason: string): string {
  return `${reason.slice(0, 1).toUpperCase()}${reason.slice(1).toLowerCase()}`
}
