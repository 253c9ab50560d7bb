// SPDX-License-Identifier: Apache-2.0
import type { TSchema } from 'typebox'
import { ApiError } from '../errors.ts'
import type { JsonObject } from '../meta/json.ts'

/** Keywords that a structural schema may hold, apart from those with schemas inside. */
const plainKeywords: ReadonlySet<string> = new Set([
  'default',
  'description',
  'enum',
  'format',
  'maxItems',
  'maxLength',
  'maximum',
  'minItems',
  'minLength',
  'minimum',
  'pattern',
  'required',
  'type',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
  'x-kubernetes-validations',
])

/**
 * The schema as the API server wants it in a CRD: keys in a fixed order, nothing that TypeBox adds for itself.
 * Throws ApiError `InvalidSchema` for a keyword or a missing type that a structural schema does not allow.
 */
export function structural(schema: TSchema, path = 'schema'): JsonObject {
  const source = schema as Readonly<Record<string, unknown>>
  if (typeof source['type'] !== 'string') {
    throw new ApiError('InvalidSchema', `${path} has no type: a structural schema names one everywhere`)
  }
  const result: JsonObject = {}
  for (const [keyword, value] of Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const rendered = renderKeyword(keyword, value, path)
    if (rendered !== undefined) result[keyword] = rendered
  }
  return result
}

function renderKeyword(keyword: string, value: unknown, path: string): JsonObject[string] | undefined {
  if (keyword === 'properties') {
    const properties = Object.entries(value as Record<string, TSchema>).sort(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(properties.map(([name, schema]) => [name, structural(schema, `${path}.${name}`)]))
  }
  if (keyword === 'items') return structural(value as TSchema, `${path}[]`)
  if (keyword === 'additionalProperties') return structural(value as TSchema, `${path}.*`)
  if (!plainKeywords.has(keyword)) {
    throw new ApiError('InvalidSchema', `${path} holds the keyword ${keyword}, which a structural schema forbids`)
  }
  if (keyword === 'required') {
    const names = value as string[]
    return names.length === 0 ? undefined : [...names].sort()
  }
  return structuredClone(value) as JsonObject[string]
}
