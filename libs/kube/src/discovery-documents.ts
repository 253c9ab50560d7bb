// SPDX-License-Identifier: Apache-2.0
import type { Kind } from '@tidelock/api'
import { parseAnswer } from './parse-answer.ts'

interface AggregatedDocument {
  readonly kind?: string
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly freshness?: string
      readonly resources?: readonly {
        readonly resource: string
        readonly responseKind?: { readonly group?: string; readonly version?: string; readonly kind?: string }
        readonly scope?: string
      }[]
    }[]
  }[]
}

/**
 * The kinds of an APIGroupDiscoveryList, or undefined if the document is another one (an older server).
 * A version that the server marks Stale (its backend is down) keeps what was known of it before.
 */
export function parseAggregated(body: string, before: readonly Kind[]): readonly Kind[] | undefined {
  const document = parseAnswer<AggregatedDocument>(body, 'discovery')
  if (document.kind !== 'APIGroupDiscoveryList') return undefined
  const kinds: Kind[] = []
  for (const item of document.items ?? []) {
    const group = item.metadata?.name ?? ''
    for (const { version, freshness, resources = [] } of item.versions ?? []) {
      if (freshness === 'Stale' && resources.length === 0) {
        kinds.push(...before.filter((kind) => kind.group === group && kind.version === version))
      }
      for (const { resource, responseKind, scope } of resources) {
        // an entry without a kind only holds subresources
        if (responseKind?.kind === undefined || responseKind.kind === '') continue
        kinds.push({ group, version, kind: responseKind.kind, plural: resource, namespaced: scope === 'Namespaced' })
      }
    }
  }
  return kinds
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string; readonly namespaced: boolean }[]
}

/** The kinds of an APIResourceList, the document of one group and version. */
export function parseResourceList(body: string, version: Pick<Kind, 'group' | 'version'>): readonly Kind[] {
  const list = parseAnswer<ResourceList>(body, 'discovery')
  const kinds: Kind[] = []
  for (const { name, kind, namespaced } of list.resources ?? []) {
    // `deployments/scale` and the like are subresources
    if (!name.includes('/'))
      kinds.push({ group: version.group, version: version.version, kind, plural: name, namespaced })
  }
  return kinds
}
