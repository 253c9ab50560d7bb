// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { FluxEvent } from '@tidelock/api'
import { encodeFluxEvent } from '@tidelock/bus'
import { NotificationError } from '../errors.ts'
import type { Destination } from '../sender/destination.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'

/**
 * `sentry`: an error as an event, anything else as a transaction, in an envelope (https://develop.sentry.dev/sdk/data-model/envelopes/).
 * The address is a DSN; `spec.channel` is the environment.
 */
export const sentry: Notifier = posting(({ event }, to) => {
  const { url, key, secret } = readDsn(to)
  // named by the event, so that a repetition is known there
  const digest = createHash('sha256').update(encodeFluxEvent(event)).digest('hex')
  const isError = event.severity === 'error'
  const payload = {
    ...(isError ? errorOf(event) : transactionOf(event, digest)),
    event_id: digest.slice(0, 32),
    ...(to.channel === '' ? {} : { environment: to.channel }),
    platform: 'other',
    message: event.message,
    timestamp: event.timestamp,
    transaction: titleOf(event),
  }
  const [text, type] = [JSON.stringify(payload), isError ? 'event' : 'transaction']
  const lines = [{ event_id: payload.event_id }, { type, length: Buffer.byteLength(text) }].map((line) =>
    JSON.stringify(line),
  )
  const named = secret === '' ? '' : `, sentry_secret=${secret}`
  return {
    url,
    headers: {
      'content-type': 'application/x-sentry-envelope',
      'x-sentry-auth': `Sentry sentry_version=7, sentry_client=tidelock/1, sentry_key=${key}${named}`,
    },
    body: `${[...lines, text].join('\n')}\n`,
  }
})

function readDsn(to: Destination): { readonly url: string; readonly key: string; readonly secret: string } {
  const dsn = requireUrl(to, 'Sentry DSN')
  const path = dsn.pathname.split('/')
  const project = path.pop() ?? ''
  const [key, secret] = [dsn.username, dsn.password]
  if (key === '' || project === '')
    throw new NotificationError(
      'InvalidConfig',
      'invalid Sentry DSN: spec.address, or the key address of the Secret, must be https://<key>@<host>/<project>',
    )
  return { url: `${dsn.origin}${path.join('/')}/api/${project}/envelope/`, key, secret }
}

function titleOf({ involvedObject: { kind = '', namespace = '', name = '' } }: FluxEvent): string {
  return `${kind}: ${namespace}/${name}`
}

function errorOf(event: FluxEvent): object {
  return {
    level: 'error',
    server_name: event.reportingController,
    contexts: { metadata: event.metadata ?? {} },
  }
}

/** A transaction without duration: it raises no alert, and shows when and how often objects are reconciled. */
function transactionOf(event: FluxEvent, digest: string): object {
  const { involvedObject, reportingController, reportingInstance = '', reason, metadata, timestamp } = event
  const tags = {
    flux_involved_object_kind: involvedObject.kind ?? '',
    flux_involved_object_namespace: involvedObject.namespace ?? '',
    flux_involved_object_name: involvedObject.name ?? '',
    flux_reporting_controller: reportingController,
    flux_reporting_instance: reportingInstance,
    flux_reason: reason,
    ...metadata,
  }
  const trace = { trace_id: digest.slice(0, 32), span_id: digest.slice(32, 48), op: 'event' }
  return {
    type: 'transaction',
    level: 'info',
    server_name: reportingController,
    contexts: { trace },
    tags,
    start_timestamp: timestamp,
    spans: [{ ...trace, tags, start_timestamp: timestamp, timestamp }],
  }
}
