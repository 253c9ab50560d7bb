// SPDX-License-Identifier: Apache-2.0
import { BusError, encodeFluxEvent, publishOnce } from '@tidelock/bus'
import type { NatsCredentials } from '@tidelock/bus'
import { NotificationError } from '../errors.ts'
import type { Destination } from '../sender/destination.ts'
import { createMask } from '../sender/sender.ts'
import type { Notifier } from './notifier.ts'

const connectTimeoutMs = 15_000

/** `nats`: the event on a subject (`spec.channel`) of a NATS server (`nats://…`, `tls://…`). */
export const nats: Notifier = async ({ event }, to, _sender, signal) => {
  const [url, subject] = [requireServer(to), requireSubject(to)]
  const message = {
    url,
    subject,
    payload: encodeFluxEvent(event),
    credentials: credentialsOf(to),
    tls: tlsOf(to),
    name: 'notification-controller',
    timeoutMs: connectTimeoutMs,
  }
  try {
    await publishOnce(message, signal)
  } catch (error) {
    if (!(error instanceof BusError)) throw error
    throw new NotificationError(codeOf(error), createMask(to)(error.message))
  }
}

function codeOf({ code }: BusError): 'InvalidConfig' | 'Refused' | 'Unavailable' {
  if (code === 'CredentialsInvalid') return 'InvalidConfig'
  return code === 'Rejected' ? 'Refused' : 'Unavailable'
}

function requireServer({ address }: Destination): string {
  const isServer = address.split(',').every((each) => {
    const url = URL.parse(each.trim().includes('://') ? each.trim() : `nats://${each.trim()}`)
    return url !== null && ['nats:', 'tls:'].includes(url.protocol) && url.host !== ''
  })
  if (isServer) return address
  throw new NotificationError(
    'InvalidConfig',
    'invalid NATS server: spec.address, or the key address of the Secret, must be nats://host:port',
  )
}

function requireSubject({ channel }: Destination): string {
  if (/^[^\s*>]+$/.test(channel)) return channel
  throw new NotificationError(
    'InvalidConfig',
    'invalid NATS subject: spec.channel must be a subject without blanks and wildcards',
  )
}

function credentialsOf({ secret, username, password }: Destination): NatsCredentials {
  const [creds, nkey] = [secret.get('creds'), secret.get('nkey')]
  if (creds !== undefined && creds.length > 0) return { creds: creds.toString('utf8') }
  if (nkey !== undefined && nkey.length > 0) return { nkey: nkey.toString('utf8') }
  return username === '' || password === '' ? {} : { user: { name: username, password } }
}

function tlsOf({ tls: { ca, cert, key } }: Destination): { ca?: string; cert?: string; key?: string } {
  const text = (value: string | Uint8Array): string => Buffer.from(value).toString('utf8')
  return {
    ...(ca === undefined ? {} : { ca: text(ca) }),
    ...(cert === undefined || key === undefined ? {} : { cert: text(cert), key: text(key) }),
  }
}
