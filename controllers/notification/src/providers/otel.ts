// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { Alert, FluxEvent } from '@tidelock/api'
import { encodeFluxEvent } from '@tidelock/bus'
import type { Destination } from '../sender/destination.ts'
import { basicAuthorization } from './authorization.ts'
import { posting, requireUrl } from './notifier.ts'
import type { Notifier } from './notifier.ts'
import { bytesField, fixed32Field, fixed64Field, messageField, numberField } from './protobuf.ts'
import type { Field } from './protobuf.ts'

const defaultPath = '/v1/traces'
const scope = 'flux:notification-controller'
const schema = 'https://opentelemetry.io/schemas/1.34.0'
// opentelemetry/proto/trace/v1: an internal span, sampled, whose parent was remote
const internalKind = 1
const spanFlags = 0x301
const statusOk = 1
const statusError = 2

/**
 * `otel`: a span over OTLP/HTTP. Events of one Alert about one revision are one trace; a span has no duration. Nothing is told of a
 * HelmRepository, of which no trace begins.
 */
export const otel: Notifier = posting(({ event, alert }, to) => {
  if (event.involvedObject.kind === 'HelmRepository') return undefined
  const { origin, pathname } = requireUrl(to, 'OTLP endpoint')
  // what a URL without a path has, which is another thing than one that ends with it
  const path = pathname === '/' && !to.address.trim().endsWith('/') ? defaultPath : pathname
  return {
    url: `${origin}${path}`,
    headers: { ...headersOf(to), 'content-type': 'application/x-protobuf' },
    body: requestOf(event, alert),
  }
})

/** Headers of the Secret go before its credentials. */
function headersOf(to: Destination): Readonly<Record<string, string>> {
  const own = Object.fromEntries(Object.entries(to.headers).map(([name, value]) => [name.toLowerCase(), value]))
  const { username, token, password } = to
  const secret = token || password
  if (secret === '') return own
  if (username === '') return { authorization: `Bearer ${secret}`, ...own }
  return { ...basicAuthorization({ username, password: secret }), ...own }
}

function requestOf(event: FluxEvent, { metadata: { namespace = '', name, uid = '' } }: Alert): Buffer {
  const resource = messageField(1, [
    attribute(1, 'service.name', `${namespace}/${name}`),
    attribute(1, 'service.namespace', namespace),
    attribute(1, 'service.instance.id', uid),
  ])
  const spans = messageField(2, [messageField(1, [bytesField(1, scope)]), messageField(2, spanOf(event, uid))])
  return messageField(1, [resource, spans, bytesField(3, schema)])
}

function spanOf(event: FluxEvent, alertUid: string): Field[] {
  const { involvedObject, metadata = {}, message, severity, timestamp } = event
  const { kind = '', namespace = '', name = '', uid = '' } = involvedObject
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  // an event may come without a time, and Go's zero time is before the epoch
  const nanoseconds = BigInt(Math.max(0, Date.parse(timestamp) || 0)) * 1_000_000n
  const about = { 'object.uid': uid, 'object.kind': kind, 'object.name': name, 'object.namespace': namespace }
  const status =
    severity === 'error' ? [bytesField(2, message), numberField(3, statusError)] : [numberField(3, statusOk)]
  return [
    bytesField(1, digest(`${alertUid}:${revisionOf(metadata)}`).subarray(0, 16)),
    // named by the event: one that is told again is the same span
    bytesField(2, digest(encodeFluxEvent(event)).subarray(0, 8)),
    bytesField(5, `${kind}: ${namespace}/${name}`),
    numberField(6, internalKind),
    fixed64Field(7, nanoseconds),
    fixed64Field(8, nanoseconds),
    ...Object.entries({ ...about, ...metadata }).map(([key, value]) => attribute(9, key, value)),
    messageField(15, status),
    fixed32Field(16, spanFlags),
  ]
}

/** What is told in one trace: for charts of an OCI artifact the version with its digest, as sources say it. */
function revisionOf(metadata: Readonly<Record<string, string>>): string {
  const { 'oci-digest': digest, 'app-version': version, revision = 'unknown' } = metadata
  return digest === undefined || version === undefined ? revision : `${version}@${digest}`
}

function attribute(number: number, key: string, value: string): Field {
  return messageField(number, [bytesField(1, key), messageField(2, [bytesField(1, value)])])
}
