// SPDX-License-Identifier: Apache-2.0
import { isAbsolute, join } from 'node:path'
import { parse } from 'yaml'
import { KubeError } from './kube-error.ts'

/** The `cluster` of a kubeconfig. */
interface KubeconfigCluster {
  readonly server?: string
  readonly 'certificate-authority'?: string
  readonly 'certificate-authority-data'?: string
  readonly 'tls-server-name'?: string
  readonly 'insecure-skip-tls-verify'?: boolean
  readonly 'proxy-url'?: string
}

/** The `user` of a kubeconfig. */
export interface KubeconfigUser {
  readonly token?: string
  readonly tokenFile?: string
  readonly 'client-certificate'?: string
  readonly 'client-certificate-data'?: string
  readonly 'client-key'?: string
  readonly 'client-key-data'?: string
  readonly username?: string
  readonly password?: string
  readonly as?: string
  readonly 'as-uid'?: string
  readonly 'as-groups'?: readonly string[]
  readonly 'as-user-extra'?: Readonly<Record<string, readonly string[]>>
  readonly exec?: object
  readonly 'auth-provider'?: object
}

/** The `context` of a kubeconfig. */
interface KubeconfigContext {
  readonly cluster?: string
  readonly user?: string
  readonly namespace?: string
}

/** A kubeconfig with its lists as maps and its file paths made absolute. */
export interface KubeconfigDocument {
  readonly source: string
  readonly currentContext: string | undefined
  readonly clusters: ReadonlyMap<string, KubeconfigCluster>
  readonly users: ReadonlyMap<string, KubeconfigUser>
  readonly contexts: ReadonlyMap<string, KubeconfigContext>
}

/** The three parts that a context brings together. */
export interface SelectedContext {
  readonly source: string
  readonly context: string
  readonly namespace: string | undefined
  readonly cluster: KubeconfigCluster
  readonly user: KubeconfigUser
}

/**
 * Parses a kubeconfig. `source` names it in errors; relative paths in it are taken from `directory` (undefined leaves them).
 * Throws ConfigInvalid; the message never quotes the text, which holds secrets.
 */
export function parseKubeconfig(text: string, source: string, directory: string | undefined): KubeconfigDocument {
  let document: unknown
  try {
    // JSON is a subset; the bound refuses a bomb of aliases, and the search for keys that stand twice takes time with their square
    document = parse(text, { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error' })
  } catch (error) {
    const line = (error as { linePos?: readonly { line: number }[] }).linePos?.[0]?.line
    throw invalid(source, `it is not YAML${line === undefined ? '' : ` (line ${line})`}`)
  }
  if (typeof document !== 'object' || document === null) throw invalid(source, 'it is empty')
  const record = document as Record<string, unknown>
  const current = record['current-context']
  return {
    source,
    currentContext: typeof current === 'string' && current !== '' ? current : undefined,
    clusters: named(record['clusters'], 'cluster', source, (part) =>
      anchor(part, ['certificate-authority'], directory),
    ),
    users: named(record['users'], 'user', source, (part) =>
      anchor(part, ['client-certificate', 'client-key', 'tokenFile'], directory),
    ),
    contexts: named(record['contexts'], 'context', source, (part) => part),
  }
}

/** Joins several as kubectl does: the first that sets a name, or the current context, wins. */
export function mergeKubeconfigs(documents: readonly KubeconfigDocument[]): KubeconfigDocument {
  // a Map keeps the last of equal keys, so the first file goes in last
  const reversed = [...documents].reverse()
  return {
    source: documents.map(({ source }) => source).join(', '),
    currentContext: documents.find(({ currentContext }) => currentContext !== undefined)?.currentContext,
    clusters: new Map(reversed.flatMap(({ clusters }) => [...clusters])),
    users: new Map(reversed.flatMap(({ users }) => [...users])),
    contexts: new Map(reversed.flatMap(({ contexts }) => [...contexts])),
  }
}

/** The parts of a context, by default the current one. Throws ConfigInvalid for a name that is not there. */
export function selectContext(document: KubeconfigDocument, name: string | undefined): SelectedContext {
  const { source } = document
  const chosen =
    name ?? document.currentContext ?? (document.contexts.size === 1 ? [...document.contexts.keys()][0] : undefined)
  if (chosen === undefined) throw invalid(source, 'current-context is not set: set it, or name a context')
  const context = document.contexts.get(chosen)
  if (context === undefined) throw invalid(source, `there is no context '${chosen}'`)
  const cluster = document.clusters.get(context.cluster ?? '')
  if (cluster === undefined)
    throw invalid(source, `context '${chosen}' names the cluster '${context.cluster ?? ''}', which is not there`)
  const userName = context.user ?? ''
  const user = userName === '' ? {} : document.users.get(userName)
  if (user === undefined) throw invalid(source, `context '${chosen}' names the user '${userName}', which is not there`)
  return { source, context: chosen, namespace: context.namespace, cluster, user }
}

/** An error about a kubeconfig. */
export function invalid(source: string, problem: string): KubeError {
  return new KubeError('ConfigInvalid', `kubeconfig ${source}: ${problem}`)
}

function named<T extends object>(
  list: unknown,
  field: string,
  source: string,
  convert: (part: T) => T,
): ReadonlyMap<string, T> {
  const found = new Map<string, T>()
  if (list === undefined || list === null) return found
  if (!Array.isArray(list)) throw invalid(source, `${field}s is not a list`)
  for (const entry of list as Record<string, unknown>[]) {
    const name = entry?.['name']
    if (typeof name !== 'string') throw invalid(source, `an entry of ${field}s has no name`)
    const part = entry[field] ?? {}
    if (typeof part !== 'object') throw invalid(source, `${field}s.${name}.${field} is not an object`)
    if (!found.has(name)) found.set(name, convert(part as T))
  }
  return found
}

function anchor<T extends object>(part: T, fields: readonly string[], directory: string | undefined): T {
  if (directory === undefined) return part
  const anchored = { ...part } as Record<string, unknown>
  for (const field of fields) {
    const path = anchored[field]
    if (typeof path === 'string' && path !== '' && !isAbsolute(path)) anchored[field] = join(directory, path)
  }
  return anchored as unknown as T
}
