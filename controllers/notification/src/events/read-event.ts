// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { FluxEvent } from '@tidelock/api'
import { encodeFluxEvent } from '@tidelock/bus'
import { redact } from '@tidelock/errors'

type Fields = Readonly<Record<string, unknown>>

/**
 * Reads an event as it is posted. What is missing is empty, as in Flux; undefined for what is no JSON object, or has a value of the wrong
 * type. What may be a secret in the message is hidden.
 */
export function readEvent(body: Buffer): FluxEvent | undefined {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
  if (!isFields(value)) return undefined
  const object = value['involvedObject'] ?? {}
  const metadata = value['metadata'] ?? {}
  if (!isFields(object) || !isFields(metadata)) return undefined
  if (![object, metadata].every((fields) => Object.values(fields).every((each) => typeof each === 'string')))
    return undefined
  const text = (name: string): string | undefined => {
    const given = value[name] ?? ''
    return typeof given === 'string' ? given : undefined
  }
  const [severity, timestamp, message, reason] = ['severity', 'timestamp', 'message', 'reason'].map(text)
  const [reportingController, reportingInstance] = ['reportingController', 'reportingInstance'].map(text)
  const texts = [severity, timestamp, message, reason, reportingController, reportingInstance]
  if (texts.includes(undefined) || (timestamp !== '' && Number.isNaN(Date.parse(timestamp ?? '')))) return undefined
  return {
    involvedObject: object,
    severity: severity as FluxEvent['severity'],
    timestamp: timestamp ?? '',
    message: redact(message ?? ''),
    reason: reason ?? '',
    metadata: metadata as Record<string, string>,
    reportingController: reportingController ?? '',
    ...(reportingInstance === '' ? {} : { reportingInstance: reportingInstance ?? '' }),
  }
}

/** The id of a posted event: that of its sender where it gives one, else a digest, so that a sender that tries again is known. */
export function idOf(event: FluxEvent, given: string | string[] | undefined): string {
  if (typeof given === 'string' && /^[0-9a-f]{32}$/.test(given)) return given
  return createHash('sha256').update(encodeFluxEvent(event)).digest('hex').slice(0, 32)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
