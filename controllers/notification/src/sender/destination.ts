// SPDX-License-Identifier: Apache-2.0
import type { Provider } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import type { HttpProxy, HttpTls } from '@tidelock/http'
import { parseProxySecret, parseTlsSecret } from '@tidelock/kube'
import type { SecretData } from '@tidelock/kube'
import { parse } from 'yaml'
import { NotificationError } from '../errors.ts'
import { checkHeaders } from './headers.ts'

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
  /** Value of the header Authorization that credentials or an identity of a cloud gave, for types of clouds. */
  readonly cloudAuthorization?: string
  /** Further headers, from the key `headers` of the Secret. */
  readonly headers: Readonly<Record<string, string>>
  /** Every key of the Secret, for types that need more of it. */
  readonly secret: SecretData
  readonly tls: HttpTls
  /** Undefined is none. */
  readonly proxy: HttpProxy | undefined
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
export function readDestination(provider: Provider, secrets: ProviderSecrets): Destination {
  const { spec } = provider
  const { secret = new Map<string, Buffer>() } = secrets
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
    headers: readHeaders(spec.type, secret.get('headers'), `${provider.metadata.namespace}/${spec.secretRef?.name}`),
    secret,
    tls: readTls(provider, secrets),
    proxy: readProxy(provider, secrets),
  }
}

/** No server takes as much, and a large text takes the parser seconds. */
const maxHeadersBytes = 64 * 1024

function readHeaders(type: string, yaml: Buffer | undefined, secret: string): Record<string, string> {
  if (yaml === undefined) return {}
  const where = `the key headers of the Secret '${secret}'`
  if (yaml.length > maxHeadersBytes) throw new NotificationError('InvalidConfig', `${where} is larger than 64 KiB`)
  let value: unknown
  try {
    // the search for keys that stand twice takes time with the square of their number
    value = parse(yaml.toString('utf8'), { maxAliasCount: 0, uniqueKeys: false })
  } catch {
    // the parser's message would quote a secret
    throw new NotificationError('InvalidConfig', `${where} is no YAML`)
  }
  if (value === null || value === undefined) return {}
  const isMap = typeof value === 'object' && !Array.isArray(value)
  if (!isMap || Object.values(value).some((each) => typeof each !== 'string'))
    throw new NotificationError('InvalidConfig', `${where} is no map of strings`)
  // attributes of a message at Google are no headers
  if (type !== 'googlepubsub') checkHeaders(value as Record<string, string>, where)
  return value as Record<string, string>
}

function readTls({ spec, metadata }: Provider, { cert, secret }: ProviderSecrets): HttpTls {
  if (cert !== undefined)
    return inSecret(() => parseTlsSecret(cert, `${metadata.namespace}/${spec.certSecretRef?.name}`))
  if (secret === undefined || !isCommitStatusType(spec.type)) return {}
  try {
    return parseTlsSecret(secret, '')
  } catch {
    // the Secret of the token may hold TLS material; what is incomplete there is passed over, as Flux does
    return {}
  }
}

function readProxy({ spec, metadata }: Provider, { proxy, secret }: ProviderSecrets): HttpProxy | undefined {
  if (proxy !== undefined)
    return inSecret(() => parseProxySecret(proxy, `${metadata.namespace}/${spec.proxySecretRef?.name}`))
  const url = secret?.get('proxy')?.toString('utf8').trim() || spec.proxy
  return url === undefined ? undefined : { url }
}

function inSecret<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new NotificationError('InvalidConfig', errorMessage(error))
  }
}
