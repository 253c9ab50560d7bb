// SPDX-License-Identifier: Apache-2.0
import { authorOf } from '../sender/notification.ts'
import { basicAuthorization } from './authorization.ts'
import { splitCommitLink } from './commit-link.ts'
import { metadataOf } from './lines.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/** `grafana`: an annotation, at `…/api/annotations/graphite`; a token goes before name and password. */
export const grafana: Notifier = posting((notification, to) => {
  // in the text: tags are for finding, and Grafana takes few characters of them
  const { event, link } = splitCommitLink(notification.event)
  const { kind = '', name = '', namespace = '' } = event.involvedObject
  const plain = (text: string): string => text.replaceAll(':', '|')
  const tags = [
    ...['flux', event.reportingController],
    ...metadataOf(event, (key, value) => `${plain(key)}: ${plain(value)}`),
    ...[`kind: ${kind}`, `name: ${name}`, `namespace: ${namespace}`],
  ]
  const text = link === undefined ? authorOf(event) : `${authorOf(event)} ${link.url}`
  const authorization = to.token === '' ? basicAuthorization(to) : { authorization: `Bearer ${to.token}` }
  return {
    url: requireUrl(to, 'Grafana').href,
    headers: authorization,
    body: JSON.stringify({ when: Math.floor(Date.parse(event.timestamp) / 1000), text, tags }),
  }
})
