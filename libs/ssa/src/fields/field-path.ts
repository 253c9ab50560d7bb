// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, ManagedFieldsEntry } from '@tidelock/api'
import { equalJson } from '../object/equality.ts'
import { isRecord, valueAt } from '../normalize/record.ts'
import { valueAtPointer } from './json-pointer.ts'

/**
 * A JSON pointer as managedFields would write it: `/spec/replicas` is `f:spec`, `f:replicas`; an index into a keyed list becomes
 * the key (`k:{…}`) of the item that stands there, looked up in the entries. Undefined when no entry knows the item.
 */
export function fieldPathOf(
  object: KubeObject,
  pointer: readonly string[],
  entries: readonly ManagedFieldsEntry[],
): readonly string[] | undefined {
  const path: string[] = []
  for (const [position, element] of pointer.entries()) {
    const parent = valueAtPointer(object, pointer.slice(0, position))
    if (!Array.isArray(parent)) {
      path.push(`f:${element}`)
      continue
    }
    const key = keyOf(parent[Number(element)], path, entries)
    if (key === undefined) return undefined
    path.push(key)
  }
  return path
}

function keyOf(item: unknown, parent: readonly string[], entries: readonly ManagedFieldsEntry[]): string | undefined {
  if (!isRecord(item)) return undefined
  return entries
    .flatMap((entry) => Object.keys((valueAt(entry.fieldsV1, parent) as object | undefined) ?? {}))
    .find((element) => element.startsWith('k:') && matchesKey(item, element))
}

function matchesKey(item: Readonly<Record<string, unknown>>, element: string): boolean {
  try {
    const key = JSON.parse(element.slice(2)) as Record<string, unknown>
    return Object.entries(key).every(([name, value]) => equalJson(item[name], value))
  } catch {
    return false
  }
}
