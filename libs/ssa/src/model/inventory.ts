// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import { SsaError } from '../errors.ts'
import { compareRefs } from './kind-order.ts'

/** One object in `status.inventory`: `id` is `<namespace>_<name>_<group>_<kind>`, `v` the version. */
export interface InventoryEntry {
  readonly id: string
  readonly v: string
}

const rbacKinds = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'])

/** The inventory entry of an object. Colons in the names of RBAC objects are written as `__`. */
export function toEntry(ref: ObjectRef): InventoryEntry {
  const { group, version } = parseApiVersion(ref.apiVersion)
  const name = isRbac(group, ref.kind) ? ref.name.replaceAll(':', '__') : ref.name
  return { id: `${ref.namespace ?? ''}_${name}_${group}_${ref.kind}`, v: version }
}

/**
 * The object that an entry names. Throws `InvalidInventoryId` when the id has not four fields.
 * A double underscore in the name of an RBAC object is read as a colon.
 */
export function parseEntry(entry: InventoryEntry): ObjectRef {
  const fields = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/s.exec(entry.id)
  if (fields === null) {
    throw new SsaError(
      'InvalidInventoryId',
      `inventory entry ${JSON.stringify(entry.id)} is not <namespace>_<name>_<group>_<kind>`,
    )
  }
  const [, namespace = '', field = '', group = '', kind = ''] = fields
  const name = isRbac(group, kind) ? field.replaceAll('__', ':') : field
  const apiVersion = group === '' ? entry.v : `${group}/${entry.v}`
  return { apiVersion, kind, name, ...(namespace === '' ? {} : { namespace }) }
}

function isRbac(group: string, kind: string): boolean {
  return group === 'rbac.authorization.k8s.io' && rbacKinds.has(kind)
}

/** The inventory of a change set (or of any objects), in its order. */
export function toInventory(objects: Iterable<ObjectRef>): InventoryEntry[] {
  return Array.from(objects, toEntry)
}

/** The entries of `old` whose id `current` lacks (versions do not count), in apply order. Throws `InvalidInventoryId`. */
export function diffInventory(old: readonly InventoryEntry[], current: readonly InventoryEntry[]): InventoryEntry[] {
  const kept = new Set(current.map(({ id }) => id))
  return sortInventory(old.filter(({ id }) => !kept.has(id)))
}

/** The entries in apply order. Throws `InvalidInventoryId`. */
export function sortInventory(entries: readonly InventoryEntry[]): InventoryEntry[] {
  return entries
    .map((entry) => ({ entry, ref: parseEntry(entry) }))
    .sort((a, b) => compareRefs(a.ref, b.ref))
    .map(({ entry }) => entry)
}

/** The inventory with the survivors of a failed prune appended, each id once: they are tried again next time. */
export function mergeSurvivors(
  inventory: readonly InventoryEntry[],
  survivors: readonly InventoryEntry[],
): InventoryEntry[] {
  const byId = new Map(inventory.map((entry) => [entry.id, entry]))
  for (const survivor of survivors) if (!byId.has(survivor.id)) byId.set(survivor.id, survivor)
  return [...byId.values()]
}
