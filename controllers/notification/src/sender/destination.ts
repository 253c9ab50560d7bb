// SPDX-License-Identifier: Apache-2.0
import type { Provider } from '@tidelock/api'
import type { HttpTls } from '@tidelock/http'
import { parse } from 'yaml'
import { NotificationError } from '../errors.ts'
import type { SecretData } from '../secrets.ts'

/** Where and as whom a message is sent: a Provider with what its Secrets say. */
export interface Destination {
  /** Address of the service: that of the Secret, else of the spec; '' where neither has one. */
  readonly address: string
  readonly channel: string
  /** `spec.username`, else that of the Secret. */
  readonly username: string
  readonly password: string
  readonly token: string
  /** Number of the GitHub App that `token` was issued to. */
  readonly githubAppId?: string
  /** Further headers, from the key `headers` of the Secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Every key of the Secret, for types that need more of it. */
  readonly secret: SecretData
  readonly tls: HttpTls
  /** Address of a proxy with its credentials; undefined is none. */
  readonly proxy: string | undefined
}

/** The Secrets that a Provider names; undefined where it names none. */
export interface ProviderSecrets {
  readonly secret?: SecretData | undefined
  readonly cert?: SecretData | undefined
  readonly proxy?: SecretData | undefined
}

const maxAddressBytes = 2048
const commitStatusTypes: ReadonlySet<string> = new Set([
  'github',
  'gitlab',
  'gitea',
  'bitbucketserver',
  'bitbucket',
  'azuredevops',
])

/** Whether a type sets the status of commits. */
export function isCommitStatusType(type: string): boolean {
  return commitStatusTypes.has(type)
}

/** Puts a Provider and its Secrets together by Flux's rules. Throws `InvalidConfig` naming the key that is wrong. */
export function readDestination({ spec }: Provider, secrets: ProviderSecrets): Destination {
  const { secret = new Map<string, Buffer>(), cert, proxy } = secrets
  const text = (key: string): string => secret.get(key)?.toString('utf8').trim() ?? ''
  const secretAddress = secret.get('address')
  if (secretAddress !== undefined && secretAddress.length > maxAddressBytes)
    throw new NotificationError(
      'InvalidConfig',
      `the key address of the Secret is longer than ${maxAddressBytes} bytes`,
    )
  return {
    address: secretAddress === undefined ? (spec.address ?? '') : text('address'),
    channel: spec.channel ?? '',
    username: text('username') || (spec.username ?? ''),
    password: text('password'),
    token: text('token'),
    headers: readHeaders(secret.get('headers')),
    secret,
    tls: readTls(cert ?? (isCommitStatusType(spec.type) ? secret : undefined), cert !== undefined),
    proxy: readProxy(proxy) ?? (text('proxy') || spec.proxy),
  }
}

/** No server takes as much, and a large text takes the parser seconds. */
const maxHeadersBytes = 64 * 1024

function readHeaders(yaml: Buffer | undefined): Record<string, string> {
  if (yaml === undefined) return {}
  if (yaml.length > maxHeadersBytes)
    throw new NotificationError('InvalidConfig', 'the key headers of the Secret is larger than 64 KiB')
  let value: unknown
  try {
    // the search for keys that stand twice takes time with the square of their number
    value = parse(yaml.toString('utf8'), { maxAliasCount: 0, uniqueKeys: false })
  } catch {
    // the parser's message would quote a secret
    throw new NotificationError('InvalidConfig', 'the key headers of the Secret is no YAML')
  }
  if (value === null || value === undefined) return {}
  const isMap = typeof value === 'object' && !Array.isArray(value)
  if (!isMap || Object.values(value).some((each) => typeof each !== 'string'))
    throw new NotificationError('InvalidConfig', 'the key headers of the Secret is no map of strings')
  return value as Record<string, string>
}

function readTls(secret: SecretData | undefined, required: boolean): HttpTls {
  const key = (name: string): Buffer | undefined => {
    const value = secret?.get(name)
    return value === undefined || value.length === 0 ? undefined : value
  }
  const [ca, cert, privateKey] = [key('ca.crt'), key('tls.crt'), key('tls.key')]
  if ((cert === undefined) !== (privateKey === undefined))
    throw new NotificationError('InvalidConfig', 'the Secret must have both tls.crt and tls.key, or neither')
  if (required && ca === undefined && cert === undefined)
    throw new NotificationError(
      'InvalidConfig',
      'the Secret of certSecretRef has neither ca.crt nor tls.crt and tls.key',
    )
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(privateKey === undefined ? {} : { key: privateKey }),
  }
}

function readProxy(secret: SecretData | undefined): string | undefined {
  if (secret === undefined) return undefined
  const text = (key: string): string => secret.get(key)?.toString('utf8').trim() ?? ''
  const url = URL.parse(text('address'))
  if (url === null)
    throw new NotificationError('InvalidConfig', 'the Secret of proxySecretRef has no address that can be read')
  if (text('username') !== '') url.username = encodeURIComponent(text('username'))
  if (text('password') !== '') url.password = encodeURIComponent(text('password'))
  return url.href
}
