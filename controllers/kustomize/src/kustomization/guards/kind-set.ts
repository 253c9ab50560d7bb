// SPDX-License-Identifier: Apache-2.0
import { parseApiVersion } from '@tidelock/api'

/** Kinds by name: of one group, or of any. */
export interface KindSet {
  has(kind: { readonly apiVersion: string; readonly kind: string }): boolean
}

/** What a set of kinds may say. */
export const kindForms = 'kinds such as PersistentVolumeClaim or apps/StatefulSet, separated by commas, or none'

/** Reads `Namespace,apps/StatefulSet`; `/Secret` is of the core group alone, `none` and nothing are no kinds. Undefined when it is neither. */
export function parseKindSet(text: string): KindSet | undefined {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
  if (parts.length === 1 && parts[0]?.toLowerCase() === 'none') return noKinds
  if (!parts.every((part) => /^([a-z0-9.-]*\/)?[A-Z][A-Za-z0-9]*$/.test(part))) return undefined
  const set = new Set(parts)
  return {
    has: ({ apiVersion, kind }) => set.has(kind) || set.has(`${parseApiVersion(apiVersion).group}/${kind}`),
  }
}

/** No kind at all. */
export const noKinds: KindSet = { has: () => false }
