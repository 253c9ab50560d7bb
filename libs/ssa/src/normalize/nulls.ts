// SPDX-License-Identifier: Apache-2.0
import { isRecord } from './record.ts'

/** String maps, where a null is an empty string to Go; everywhere else in a typed object it is an absent field. */
const stringMaps: ReadonlySet<string> = new Set([
  'labels',
  'annotations',
  'data',
  'stringData',
  'nodeSelector',
  'matchLabels',
])

/** The value without the members that are null, at any depth; nulls in string maps become empty strings. Copies what it changes. */
export function dropNulls(value: unknown, name?: string): unknown {
  if (Array.isArray(value)) return mapKeeping(value)
  if (!isRecord(value)) return value
  const inStringMap = name !== undefined && stringMaps.has(name)
  let copy: Record<string, unknown> | undefined
  for (const [key, member] of Object.entries(value)) {
    const kept = member === null && inStringMap ? '' : dropNulls(member, key)
    if (kept === member && member !== null) continue
    copy ??= { ...value }
    if (kept === null || kept === undefined) delete copy[key]
    else copy[key] = kept
  }
  return copy ?? value
}

function mapKeeping(list: readonly unknown[]): readonly unknown[] {
  const mapped = list.map((item) => dropNulls(item))
  return mapped.every((item, index) => item === list[index]) ? list : mapped
}
