// SPDX-License-Identifier: Apache-2.0
import type { Credentials } from './credentials.ts'
import { OciError } from './errors.ts'
import { dockerHub } from './reference.ts'
import type { RepositoryName } from './reference.ts'

/** Credentials, and where a Docker config says that they belong. */
export interface DockerConfigEntry {
  /** Labels of the host; each may hold `*`, which stands for any letters within it. */
  readonly host: string
  /** Empty for none. */
  readonly port: string
  /** What the repository's path must begin with; empty for any. */
  readonly path: string
  /** Undefined for an entry that names nobody. */
  readonly credentials: Credentials | undefined
}

/**
 * Reads a Docker config: `config` is `.dockerconfigjson` (`{"auths": …}`), `legacy` the older `.dockercfg` without that level.
 * Throws `InvalidCredentials`; what the text holds is in no message.
 */
export function parseDockerConfig(text: string, form: 'config' | 'legacy' = 'config'): DockerConfigEntry[] {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw invalid('it is not JSON')
  }
  const auths = form === 'legacy' ? document : (asObject(document, 'it')['auths'] ?? {})
  return Object.entries(asObject(auths, 'auths')).map(([key, value]) =>
    toEntry(key, asObject(value, 'an entry of auths')),
  )
}

/**
 * The credentials of the most specific entry that fits the repository, the first of equals, as Kubernetes and go-containerregistry
 * choose; undefined when none fits, or it names nobody.
 */
export function findCredentials(
  entries: readonly DockerConfigEntry[],
  { registry, path }: RepositoryName,
): Credentials | undefined {
  const [, host = '', port = ''] = /^(.*?)(?::([0-9]+))?$/.exec(registry) ?? []
  let best: DockerConfigEntry | undefined
  for (const entry of entries) {
    const fits = entry.port === port && matchesHost(entry.host, host) && `/${path}`.startsWith(entry.path)
    if (fits && (best === undefined || rankOf(entry) > rankOf(best))) best = entry
  }
  return best?.credentials
}

// go-containerregistry sorts keys backwards, so that longer ones, and names before wildcards, come first
function rankOf({ host, port, path }: DockerConfigEntry): string {
  return `${host}${port === '' ? '' : `:${port}`}${path}`
}

function toEntry(key: string, value: Json): DockerConfigEntry {
  const url = key.replace(/^https?:\/\//, '')
  const slash = url.indexOf('/')
  const authority = slash === -1 ? url : url.slice(0, slash)
  // the old forms of keys, such as https://index.docker.io/v1/
  const path = (slash === -1 ? '' : url.slice(slash)).replace(/^\/v[12](?=\/|$)/, '').replace(/^\/$/, '')
  const [, host = '', port = ''] = /^(.*?)(?::([0-9]+))?$/.exec(authority) ?? []
  const lower = host.toLowerCase()
  return {
    host: lower === 'docker.io' || lower === 'registry-1.docker.io' ? dockerHub : lower,
    port,
    path,
    credentials: toCredentials(value),
  }
}

function toCredentials(value: Json): Credentials | undefined {
  const registryToken = text(value['registrytoken'])
  if (registryToken !== '') return { kind: 'registryToken', registryToken }
  const decoded = decodeAuth(text(value['auth']))
  const username = decoded?.username ?? text(value['username'])
  const password = decoded?.password ?? text(value['password'])
  const identityToken = text(value['identitytoken'])
  if (identityToken !== '') return { kind: 'identityToken', username, identityToken }
  // as docker login stores an identity token in a helper
  if (username === '<token>') return { kind: 'identityToken', identityToken: password }
  return username === '' && password === '' ? undefined : { kind: 'basic', username, password }
}

function decodeAuth(auth: string): { username: string; password: string } | undefined {
  if (auth === '') return undefined
  const plain = Buffer.from(auth, 'base64').toString('utf8')
  const colon = plain.indexOf(':')
  if (colon === -1) throw invalid('an auth is not the base64 of user:password')
  return { username: plain.slice(0, colon), password: plain.slice(colon + 1).replace(/(?<!\0)\0+$/, '') }
}

function matchesHost(pattern: string, host: string): boolean {
  const wanted = pattern.split('.')
  const labels = host.toLowerCase().split('.')
  return wanted.length === labels.length && wanted.every((each, index) => matchesLabel(each, labels[index] ?? ''))
}

/** `*` for any letters; the pattern is walked without backtracking, so that none takes long. */
function matchesLabel(pattern: string, label: string): boolean {
  const [first = '', ...rest] = pattern.split('*')
  if (rest.length === 0) return first === label
  if (!label.startsWith(first)) return false
  let at = first.length
  const last = rest.pop() ?? ''
  for (const part of rest) {
    const found = label.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return label.length - last.length >= at && label.endsWith(last)
}

type Json = Readonly<Record<string, unknown>>

function asObject(value: unknown, what: string): Json {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json
  throw invalid(`${what} is not an object`)
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function invalid(why: string): OciError {
  return new OciError('InvalidCredentials', `invalid Docker config: ${why}`)
}
