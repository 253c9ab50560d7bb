// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import type { KubeObject } from '@tidelock/api'
import type { DiffResult } from '@tidelock/ssa'
import { sopsMask } from '../rendering/mask-sops.ts'

const hidden = '*****'

/**
 * The dry run of a Secret whose values SOPS encrypted, with only the names of its values compared: what they hold is not known here.
 * Other results are handed back as they are.
 */
export function asSopsDiff(rendered: KubeObject, result: DiffResult): DiffResult {
  const { live, merged, ...rest } = result
  if (live === undefined || merged === undefined || !isMasked(rendered)) return result
  const [before, after] = [withHidden(live), withHidden(merged)]
  return isDeepStrictEqual(withoutVersion(before), withoutVersion(after))
    ? { ...rest, action: 'unchanged' }
    : { ...rest, live: before, merged: after }
}

function isMasked({ kind, data }: KubeObject): boolean {
  if (kind !== 'Secret' || typeof data !== 'object' || data === null) return false
  return Object.values(data).some(
    (value) => typeof value === 'string' && Buffer.from(value, 'base64').toString('utf8').includes(sopsMask),
  )
}

function withHidden(object: KubeObject): KubeObject {
  const { data } = object
  if (typeof data !== 'object' || data === null) return object
  return { ...object, data: Object.fromEntries(Object.keys(data).map((key) => [key, hidden])) }
}

function withoutVersion(object: KubeObject): KubeObject {
  const { resourceVersion: _version, generation: _generation, ...metadata } = object.metadata
  return { ...object, metadata }
}
