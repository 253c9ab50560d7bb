// SPDX-License-Identifier: Apache-2.0
import type { JsonObject } from '@tidelock/api'

/**
 * The RFC 7386 merge patch that turns `before` into `after`; undefined when they are equal. What is undefined counts as
 * absent. Lists are replaced as a whole.
 */
export function diffMerge(before: object | undefined, after: object | undefined): JsonObject | undefined {
  const patch: Record<string, unknown> = {}
  const old = (before ?? {}) as Record<string, unknown>
  const now = (after ?? {}) as Record<string, unknown>
  for (const [key, value] of Object.entries(now)) {
    if (value === undefined || isSameJson(value, old[key])) continue
    if (isObject(value) && isObject(old[key])) {
      const inner = diffMerge(old[key], value)
      if (inner !== undefined) patch[key] = inner
    } else patch[key] = value
  }
  for (const [key, value] of Object.entries(old))
    if (value !== undefined && value !== null && now[key] === undefined) patch[key] = null
  return Object.keys(patch).length === 0 ? undefined : (patch as JsonObject)
}

/** `target` with the merge patch applied; neither is changed. */
export function applyMerge(target: object | undefined, patch: object): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else if (isObject(value)) merged[key] = applyMerge(isObject(merged[key]) ? merged[key] : undefined, value)
    else merged[key] = value
  }
  return merged
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Deep equality of JSON values; key order and prototypes do not count. */
function isSameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => isSameJson(item, b[index]))
  if (!isObject(a) || !isObject(b)) return false
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => key in b && isSameJson(a[key], b[key]))
}
