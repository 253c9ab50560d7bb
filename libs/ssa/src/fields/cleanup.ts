// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { takeOver } from './takeover.ts'
import type { ManagerRule } from './takeover.ts'

/** One operation of a JSON patch (RFC 6902). */
export type PatchOperation =
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: unknown }

const staleAnnotations: readonly string[] = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'kustomize.toolkit.fluxcd.io/checksum',
  'fluxcd.io/sync-checksum',
]
const staleLabels: readonly string[] = ['fluxcd.io/sync-gc-mark']

/**
 * What has to be taken from a live object before we apply: annotations and labels of other tools' bookkeeping, and the
 * fields of the managers that the rules name. Empty when there is nothing to do; otherwise the patch is refused with
 * Conflict if the object has changed since it was read.
 */
export function cleanupPatch(live: KubeObject, rules: readonly ManagerRule[], fieldManager: string): PatchOperation[] {
  const { annotations, labels, managedFields, resourceVersion } = live.metadata
  const patch: PatchOperation[] = [
    ...removals('/metadata/annotations', annotations, staleAnnotations),
    ...removals('/metadata/labels', labels, staleLabels),
  ]
  const entries = takeOver(managedFields ?? [], rules, fieldManager)
  if (entries !== undefined) patch.push({ op: 'replace', path: '/metadata/managedFields', value: entries })
  return patch.length === 0 ? [] : [...patch, lockVersion(resourceVersion)]
}

/**
 * Marks every entry with the API version that will be applied. Needed once a CRD has got a version whose new fields have
 * defaults: the server cannot read such fields in an entry of the old version. Empty when every entry has it.
 */
export function migrationPatch(live: KubeObject, apiVersion: string): PatchOperation[] {
  const { managedFields = [], resourceVersion } = live.metadata
  if (managedFields.every((entry) => entry.apiVersion === apiVersion)) return []
  const entries = managedFields.map((entry) => ({ ...entry, apiVersion }))
  return [{ op: 'replace', path: '/metadata/managedFields', value: entries }, lockVersion(resourceVersion)]
}

function removals(
  parent: string,
  map: Readonly<Record<string, string>> | undefined,
  keys: readonly string[],
): PatchOperation[] {
  return keys
    .filter((key) => map !== undefined && Object.hasOwn(map, key))
    .map((key) => ({ op: 'remove', path: `${parent}/${escapePointer(key)}` }))
}

function lockVersion(resourceVersion: string | undefined): PatchOperation {
  return { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion }
}

/** A member name as an element of a JSON pointer (RFC 6901). */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
