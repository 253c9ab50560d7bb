// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '../meta/json.ts'

/**
 * A copy of a structural schema that refuses fields it does not name, as `kubectl` does when it validates strictly.
 * Objects without named fields stay open, and so does `metadata`.
 */
export function closed(schema: JsonObject): JsonObject {
  const copy: JsonObject = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties') copy[keyword] = mapValues(value as JsonObject, closed)
    else if (keyword === 'items' || keyword === 'additionalProperties') copy[keyword] = closed(value as JsonObject)
    else copy[keyword] = value
  }
  if (copy['properties'] !== undefined) copy['additionalProperties'] = false
  return copy
}

function mapValues(object: JsonObject, map: (value: JsonObject) => Json): JsonObject {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value as JsonObject)]))
}
