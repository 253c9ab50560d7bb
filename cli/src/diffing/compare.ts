// SPDX-License-Identifier: Apache-2.0
import { isDeepStrictEqual } from 'node:util'
import type { Json, JsonObject } from '@tidelock/api'
import { identifierOf } from './identifier.ts'
import type { Identifier } from './identifier.ts'

/** One step to a field: its name, the index of a list entry, or what names the entry. */
export interface PathStep {
  readonly text: string
  /** Whether the text is the name that a list entry has, not that of a field. */
  readonly isName: boolean
}

/** What became of one field. Entries come without those that both sides have. */
export type Detail =
  | { readonly kind: 'added' | 'removed'; readonly entries: JsonObject | readonly Json[] }
  | { readonly kind: 'changed'; readonly from: Json; readonly to: Json }
  | { readonly kind: 'reordered'; readonly from: readonly Json[]; readonly to: readonly Json[] }

/** A field that differs. An empty path is the object itself. */
export interface Difference {
  readonly path: readonly PathStep[]
  readonly details: readonly Detail[]
}

/**
 * What differs between two values, each map and list reported once for all that came and went in it, outer fields first. Entries of
 * lists are told by what names them (see `identifierOf`), else by their value; the order of a list counts.
 */
export function compare(from: Json, to: Json, path: readonly PathStep[] = []): readonly Difference[] {
  if (isDeepStrictEqual(from, to)) return []
  if (isObject(from) && isObject(to)) return compareMaps(from, to, path)
  if (Array.isArray(from) && Array.isArray(to)) return compareLists(from, to, path)
  return [{ path, details: [{ kind: 'changed', from, to }] }]
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function compareMaps(from: JsonObject, to: JsonObject, path: readonly PathStep[]): readonly Difference[] {
  const missingIn = (other: JsonObject, own: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(own).filter(([key]) => !Object.hasOwn(other, key)))
  const inner = Object.entries(from).flatMap(([key, value]) => {
    const other = Object.hasOwn(to, key) ? to[key] : undefined
    return other === undefined ? [] : compare(value, other, [...path, { text: key, isName: false }])
  })
  return [...cameAndWent(path, missingIn(to, from), missingIn(from, to), []), ...inner]
}

function compareLists(from: readonly Json[], to: readonly Json[], path: readonly PathStep[]): readonly Difference[] {
  const identifier = identifierOf(from, to)
  if (identifier !== undefined) return compareNamed(from, to, path, identifier)
  const [before, after] = [from[0], to[0]]
  if (from.length === 1 && to.length === 1 && before !== undefined && after !== undefined)
    return compare(before, after, [...path, { text: '0', isName: false }])
  const gone = without(from, to)
  const come = without(to, from)
  return cameAndWent(path, gone, come, reordered(without(from, gone), without(to, come)))
}

function compareNamed(
  from: readonly Json[],
  to: readonly Json[],
  path: readonly PathStep[],
  nameOf: Identifier,
): readonly Difference[] {
  const named = (list: readonly Json[]): ReadonlyMap<string, Json> =>
    new Map(list.map((entry) => [nameOf(entry), entry]))
  const [before, after] = [named(from), named(to)]
  const common = (names: Iterable<string>): string[] => [...names].filter((name) => before.has(name) && after.has(name))
  const inner = common(before.keys()).flatMap((name) =>
    compare(before.get(name) ?? null, after.get(name) ?? null, [...path, { text: name, isName: true }]),
  )
  const gone = [...before].flatMap(([name, entry]) => (after.has(name) ? [] : [entry]))
  const come = [...after].flatMap(([name, entry]) => (before.has(name) ? [] : [entry]))
  return [...cameAndWent(path, gone, come, reordered(common(before.keys()), common(after.keys()))), ...inner]
}

/** The entries of one list that the other lacks; of equal ones as many as it has fewer. */
function without(list: readonly Json[], other: readonly Json[]): readonly Json[] {
  const left = [...other]
  return list.filter((entry) => {
    const at = left.findIndex((each) => isDeepStrictEqual(each, entry))
    if (at >= 0) left.splice(at, 1)
    return at < 0
  })
}

function reordered(from: readonly Json[], to: readonly Json[]): Detail[] {
  return isDeepStrictEqual(from, to) ? [] : [{ kind: 'reordered', from, to }]
}

function cameAndWent(
  path: readonly PathStep[],
  gone: JsonObject | readonly Json[],
  come: JsonObject | readonly Json[],
  order: readonly Detail[],
): readonly Difference[] {
  const details: Detail[] = [...order]
  if (Object.keys(gone).length > 0) details.push({ kind: 'removed', entries: gone })
  if (Object.keys(come).length > 0) details.push({ kind: 'added', entries: come })
  return details.length === 0 ? [] : [{ path, details }]
}
