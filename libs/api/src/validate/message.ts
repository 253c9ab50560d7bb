// SPDX-License-Identifier: Apache-2.0
import type { ErrorObject } from 'ajv'
import type { Json } from '../meta/json.ts'
import { textRules } from '../schema/patterns.ts'
import { formatPath, pointerSegments, valueAt } from './path.ts'

/** What is wrong with one field of an object. */
export interface Problem {
  /** The field, as the API server names it: `spec.include[0].repository.name`. Empty: the object itself. */
  readonly path: string
  /** What is wrong and what cures it, to be read after the path. */
  readonly message: string
}

/** Puts an error of the schema validator into words. */
export function toProblem(error: ErrorObject, root: Json): Problem {
  const segments = pointerSegments(error.instancePath)
  const params = error.params as Readonly<Record<string, unknown>>
  if (error.keyword === 'required') {
    const path = formatPath([...segments, String(params['missingProperty'])], root)
    return { path, message: 'is required: add the field' }
  }
  if (error.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty'])
    return { path: formatPath([...segments, name], root), message: unknownField(name, error.parentSchema) }
  }
  const value = quote(valueAt(root, segments))
  return { path: formatPath(segments, root), message: describe(error.keyword, value, params, error.schema) }
}

function describe(keyword: string, value: string, params: Readonly<Record<string, unknown>>, schema: unknown): string {
  const limit = String(params['limit'])
  switch (keyword) {
    case 'type':
      return `${value} is not of type ${String(params['type'])}: write ${article(String(params['type']))}`
    case 'enum':
      return `${value} is not supported: write one of ${(schema as string[]).map((each) => quote(each)).join(', ')}`
    case 'pattern':
      return `${value} ${adviceFor(String(params['pattern']))}`
    case 'format':
      return `${value} is not a time: write it as RFC 3339, such as 2026-01-31T12:00:00Z`
    case 'minLength':
      return `${value} is too short: write at least ${limit} characters`
    case 'maxLength':
      return `${value} is too long: write at most ${limit} characters`
    case 'minimum':
      return `${value} is too small: write at least ${limit}`
    default:
      return `${value} does not satisfy ${keyword} ${JSON.stringify(schema)}`
  }
}

function adviceFor(pattern: string): string {
  return textRules.find((rule) => rule.pattern === pattern)?.advice ?? `does not match ${pattern}`
}

const articles: Readonly<Record<string, string>> = {
  string: 'a text (quote numbers and booleans)',
  boolean: 'true or false, without quotes',
  integer: 'a whole number, without quotes',
  object: 'an object with fields',
  array: 'a list',
}

function article(type: string): string {
  return articles[type] ?? type
}

/** Values are shortened: they may be whole files. */
function quote(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 100 ? `${text.slice(0, 97)}...` : text
}

function unknownField(name: string, parentSchema: unknown): string {
  const known = Object.keys((parentSchema as { properties?: object } | undefined)?.properties ?? {})
  const close =
    known.find((each) => each.toLowerCase() === name.toLowerCase()) ?? known.find((each) => near(each, name))
  return close === undefined ? 'is not a known field: remove it' : `is not a known field: did you mean ${close}?`
}

/** Whether one text becomes the other by one letter more, less, changed or swapped. */
function near(a: string, b: string): boolean {
  let start = 0
  while (start < a.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const [left, right] = [a.slice(start, a.length - end), b.slice(start, b.length - end)]
  if (left.length <= 1 && right.length <= 1) return true
  return left.length === 2 && right.length === 2 && left[0] === right[1] && left[1] === right[0]
}
