// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '@tidelock/api'
import { KubeError } from './kube-error.ts'

/** Which object, subresource or collection of a kind a path is for. Without a name it is the collection. */
export interface PathParts {
  readonly namespace?: string | undefined
  readonly name?: string | undefined
  readonly subresource?: string | undefined
}

/** Query parameters; undefined ones are left out. */
export type Query = Readonly<Record<string, string | number | boolean | undefined>>

/** Path of a group and version: `/api/v1` or `/apis/apps/v1`. */
function groupVersionPath(kind: Pick<Kind, 'group' | 'version'>): string {
  return kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
}

/** Path of a resource. The namespace of a cluster-scoped kind is ignored. Throws BadRequest for a name that is none. */
export function resourcePath(kind: Kind, { namespace, name, subresource }: PathParts): string {
  let path = groupVersionPath(kind)
  const inNamespace = kind.namespaced && namespace !== undefined && namespace !== ''
  if (inNamespace) path += `/namespaces/${segment(namespace, kind)}`
  path += `/${kind.plural}`
  if (name === undefined) return path
  if (kind.namespaced && !inNamespace) {
    throw new KubeError('BadRequest', `${kind.kind}/${name}: a namespace is required, ${kind.plural} are namespaced`)
  }
  path += `/${segment(name, kind)}`
  return subresource === undefined ? path : `${path}/${subresource}`
}

/** Appends the query. */
export function withQuery(path: string, query: Query): string {
  let text = ''
  for (const name in query) {
    const value = query[name]
    if (value !== undefined) text += `${text === '' ? '?' : '&'}${name}=${encodeURIComponent(value)}`
  }
  return path + text
}

// a name that is a path of its own could reach another object or subresource
function segment(text: string, kind: Kind): string {
  if (text === '' || text === '.' || text === '..' || text.includes('/') || text.includes('%')) {
    throw new KubeError('BadRequest', `'${text}' is not a valid name of a ${kind.kind}`)
  }
  return encodeURIComponent(text)
}
