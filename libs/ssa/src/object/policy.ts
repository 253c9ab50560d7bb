// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'

/** The labels and annotations of an object: where Flux looks for its per-object settings. */
export type Settings = Pick<KubeObject['metadata'], 'labels' | 'annotations'>

/** Whether a label or an annotation has the value, in any letter case (an empty one never matches). */
export function hasSetting(settings: Settings | undefined, key: string, value: string): boolean {
  const wanted = value.toLowerCase()
  return [settings?.labels?.[key], settings?.annotations?.[key]].some(
    (actual) => typeof actual === 'string' && actual !== '' && actual.toLowerCase() === wanted,
  )
}

/** Whether an object is left alone: `reconcile: disabled` or `ssa: Ignore`, on the rendered or the live object. */
export function isExcluded(labelGroup: string, ...objects: readonly (Settings | undefined)[]): boolean {
  return objects.some(
    (settings) =>
      hasSetting(settings, `${labelGroup}/reconcile`, 'disabled') ||
      hasSetting(settings, `${labelGroup}/ssa`, 'Ignore'),
  )
}

/** Whether the rendered object says that it is only ever created, never changed. */
export function isIfNotPresent(labelGroup: string, rendered: Settings): boolean {
  return hasSetting(rendered, `${labelGroup}/ssa`, 'IfNotPresent')
}

/** Whether fields of other managers stay theirs (`ssa: Merge`), on the rendered or the live object. */
export function isMerge(labelGroup: string, ...objects: readonly (Settings | undefined)[]): boolean {
  return objects.some((settings) => hasSetting(settings, `${labelGroup}/ssa`, 'Merge'))
}

/** Whether an object may be deleted and made again when a field cannot be changed: `force: enabled` on either object. */
export function isForced(labelGroup: string, ...objects: readonly (Settings | undefined)[]): boolean {
  return objects.some((settings) => hasSetting(settings, `${labelGroup}/force`, 'enabled'))
}

/** Whether the live object is never deleted by us: `prune: disabled`, or excluded altogether. */
export function isPruneDisabled(labelGroup: string, live: Settings): boolean {
  return hasSetting(live, `${labelGroup}/prune`, 'disabled') || isExcluded(labelGroup, live)
}
