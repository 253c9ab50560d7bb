// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { InventoryEntry, KubeObject, Kustomization } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import { fromInventory } from '../snapshot.ts'

/** What must be the same before and after an exchange, by path; see `flatten`. */
export interface ClusterState {
  /** What was applied, whole: not even its version may change. */
  readonly managed: Readonly<Record<string, unknown>>
  /** The toolkit's own objects. */
  readonly own: Readonly<Record<string, unknown>>
}

const ownKinds = [
  ['kustomize.toolkit.fluxcd.io', 'v1', 'Kustomization'],
  ['source.toolkit.fluxcd.io', 'v1', 'GitRepository'],
  ['source.toolkit.fluxcd.io', 'v1', 'OCIRepository'],
  ['notification.toolkit.fluxcd.io', 'v1', 'Receiver'],
  ['notification.toolkit.fluxcd.io', 'v1beta3', 'Alert'],
  ['notification.toolkit.fluxcd.io', 'v1beta3', 'Provider'],
] as const

const namespace = 'flux-system'

/** Every object of the toolkit in `flux-system`. */
export async function ownObjects(client: KubeClient): Promise<KubeObject[]> {
  const lists = await Promise.all(
    ownKinds.map(async ([group, version, kind]) => {
      const plural = kind === 'GitRepository' || kind === 'OCIRepository' ? `${kind.slice(0, -1)}ies` : `${kind}s`
      const { items } = await client.list(
        { group, version, kind, plural: plural.toLowerCase(), namespaced: true },
        { namespace },
      )
      return items.map((item) => ({ ...item, apiVersion: `${group}/${version}`, kind }))
    }),
  )
  return lists.flat()
}

/** Reads the whole of it. */
export async function readState(client: KubeClient): Promise<ClusterState> {
  const own: Record<string, unknown> = {}
  const managed: Record<string, unknown> = {}
  for (const { apiVersion, kind, metadata, spec, status } of (await ownObjects(client)) as Kustomization[]) {
    const { uid, generation, labels, annotations, finalizers, managedFields } = metadata
    const managers = managedFields?.map((entry) => [entry.manager, entry.operation, entry.subresource].join(' '))
    const { group } = parseApiVersion(apiVersion)
    own[`${group} ${kind}/${metadata.name}`] = {
      ...{ uid, generation, labels, annotations, finalizers, spec, status },
      managers: managers?.sort(),
    }
    const entries: readonly InventoryEntry[] = status?.inventory?.entries ?? []
    for (const { id, v } of entries) {
      const live = await client.find(fromInventory(id, v))
      if (live === undefined) managed[id] = 'gone'
      else {
        const { status: _status, ...rest } = live
        managed[id] = live.apiVersion === apiVersion ? withoutVersion(live) : rest
      }
    }
  }
  return { own, managed }
}

// a Kustomization of a Kustomization: its status is written
function withoutVersion({ status: _status, ...object }: KubeObject): unknown {
  const { resourceVersion: _version, managedFields: _fields, ...metadata } = object.metadata
  return { ...object, metadata }
}
