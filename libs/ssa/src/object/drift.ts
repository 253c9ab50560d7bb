// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import { equalJson, equalMembers } from './equality.ts'

const notCompared: ReadonlySet<string> = new Set(['metadata', 'status'])

/**
 * Flux's drift test: labels, annotations, then everything except metadata and status. `live` is what is there, `merged`
 * what a dry run of our apply made of it. An absent live object has drifted.
 */
export function hasDrifted(live: KubeObject | undefined, merged: KubeObject): boolean {
  if (live === undefined || (merged.metadata.resourceVersion ?? '') === '') return true
  return !(
    equalJson(live.metadata.labels ?? {}, merged.metadata.labels ?? {}) &&
    equalJson(live.metadata.annotations ?? {}, merged.metadata.annotations ?? {}) &&
    equalMembers(live, merged, notCompared)
  )
}
