// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { NotificationError } from '../errors.ts'
import type { Destination } from './destination.ts'

/** Where an Event Hub is, and the key by which we may send to it. */
export interface EventHub {
  /** `https://<namespace>.servicebus.windows.net/<hub>`. */
  readonly url: string
  /** Of a connection string; undefined where a token of Entra ID says who we are. */
  readonly key: { readonly name: string; readonly value: string } | undefined
}

// the services of the public cloud and of those apart: a token of ours goes nowhere else
const ofAzure = /^[a-z0-9-]+\.servicebus\.(?:windows\.net|chinacloudapi\.cn|usgovcloudapi\.net)$/i
const suffixes: readonly (readonly [authority: string, suffix: string])[] = [
  ['chinacloudapi.cn', '.servicebus.chinacloudapi.cn'],
  ['microsoftonline.us', '.servicebus.usgovcloudapi.net'],
]

/**
 * The Event Hub of a Provider: the address is a connection string with the key, or the hub's name, and the channel then its namespace;
 * `authority` (AZURE_AUTHORITY_HOST) says in which cloud. Throws `InvalidConfig`, which never shows the address.
 */
export function readEventHub({ address, channel }: Pick<Destination, 'address' | 'channel'>, authority = ''): EventHub {
  if (address.includes('SharedAccessKey')) return readConnectionString(address)
  const suffix = suffixes.find(([part]) => authority.includes(part))?.[1] ?? '.servicebus.windows.net'
  const host = channel.includes('.servicebus.') ? channel : `${channel}${suffix}`
  if (!ofAzure.test(host))
    throw invalid('invalid Event Hubs namespace: spec.channel must be its name, or <name>.servicebus.windows.net')
  return { url: `https://${host}/${hubPath(address)}`, key: undefined }
}

function readConnectionString(text: string): EventHub {
  const parts = new Map(
    text.split(';').map((part) => {
      const equals = part.indexOf('=')
      return [part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]
    }),
  )
  const endpoint = URL.parse((parts.get('endpoint') ?? '').replace(/^sb:/i, 'https:'))
  const [name, value, hub] = ['sharedaccesskeyname', 'sharedaccesskey', 'entitypath'].map((key) => parts.get(key) ?? '')
  if (endpoint === null || endpoint.host === '' || !name || !value || !hub)
    throw invalid(
      'invalid connection string of Event Hubs: the key address of the Secret must be Endpoint=sb://<namespace>.servicebus.windows.net/;SharedAccessKeyName=<name>;SharedAccessKey=<key>;EntityPath=<hub>',
    )
  return { url: `https://${endpoint.host}/${hubPath(hub)}`, key: { name, value } }
}

function hubPath(name: string): string {
  if (/^[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?$/.test(name) && !name.includes('..')) return name
  throw invalid('invalid Event Hub: spec.address, or the key address of the Secret, must be its name')
}

/** A signature that lets us send to the hub until then (seconds since the epoch): https://learn.microsoft.com/rest/api/eventhub/generate-sas-token */
export function signEventHub(
  { url, key }: { readonly url: string; readonly key: NonNullable<EventHub['key']> },
  until: number,
): string {
  const resource = encodeURIComponent(url)
  const signature = createHmac('sha256', key.value).update(`${resource}\n${until}`).digest('base64')
  return `SharedAccessSignature sr=${resource}&sig=${encodeURIComponent(signature)}&se=${until}&skn=${encodeURIComponent(key.name)}`
}

function invalid(message: string): NotificationError {
  return new NotificationError('InvalidConfig', message)
}
