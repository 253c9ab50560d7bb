// SPDX-License-Identifier: Apache-2.0
import type { InventoryEntry, KubeObject, Kustomization } from '@tidelock/api'
import { CodedError } from '@tidelock/errors'
import { refOf } from '@tidelock/kube'
import { mergeSurvivors, toInventory } from '@tidelock/ssa'

/** etcd takes 1.5 MiB in one request; what a run adds to the status beside the inventory has to fit in as well. */
const maxObjectBytes = (1536 - 128) * 1024

/**
 * Refuses objects whose inventory the status cannot hold, before any of them is written: what could not be listed could never be
 * pruned. Those of the last run count until they are pruned. Throws `InventoryTooLarge`.
 */
export function ensureInventoryFits(obj: Kustomization, objects: readonly KubeObject[]): void {
  const before = obj.status?.inventory?.entries ?? []
  const entries: readonly InventoryEntry[] = mergeSurvivors(toInventory(objects.map((object) => refOf(object))), before)
  const bytes = Buffer.byteLength(JSON.stringify({ ...obj, status: { ...obj.status, inventory: { entries } } }))
  if (bytes <= maxObjectBytes) return
  const size = (count: number): string => `${(count / 2 ** 20).toFixed(2)} MiB`
  throw new CodedError(
    'InventoryTooLarge',
    `the inventory of ${entries.length} objects makes the Kustomization ${size(bytes)} large, and the API server keeps ${size(maxObjectBytes)} at most: ` +
      'split spec.path into several Kustomizations; nothing was applied',
  )
}
