// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../meta/json.ts'

/**
 * A copy of a structural schema that refuses fields it does not name, as `kubectl` does when it validates strictly.
 * Objects without named fields stay open, and so does `metadata`. A required field with a default may be missing: the
 * API server fills it in before it looks.
 */
export function closed(schema: JsonObject): JsonObject {
  const copy: JsonObject = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties') copy[keyword] = mapValues(value as JsonObject, closed)
    else if (keyword === 'items' || keyword === 'additionalProperties') copy[keyword] = closed(value as JsonObject)
    else copy[keyword] = value
  }
  const properties = copy['properties'] as Readonly<Record<string, JsonObject>> | undefined
  if (properties === undefined) return copy
  copy['additionalProperties'] = false
  const required = (copy['required'] ?? []) as string[]
  copy['required'] = required.filter((name) => properties[name]?.['default'] === undefined)
  return copy
}

function mapValues(object: JsonObject, map: (value: JsonObject) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as JsonObject)]))
}
