// SPDX-License-Identifier: Apache-2.0
import type { Json } from '@tidelock/api'

/** The name of a list's entry; only for entries of the lists that it was made for. */
export type Identifier = (entry: Json) => string

/** Names in the usual sense: good for lists of any length. */
const names = ['name', 'key', 'id']
/** Fields that tell the entries of Kubernetes' lists apart, but may well be what changes where there is but one. */
const tellingFields = ['containerPort', 'port', 'mountPath', 'devicePath', 'type', 'host', 'path', 'kind', 'ip']

/**
 * What names the entries of both lists: a field that each of them has, with a text or number that no other of its list has.
 * Undefined when there is no such field.
 */
export function identifierOf(from: readonly Json[], to: readonly Json[]): Identifier | undefined {
  const single = from.length === 1 && to.length === 1
  const field = (single ? names : [...names, ...tellingFields]).find((each) =>
    [from, to].every((list) => isUnique(list, each)),
  )
  return field === undefined ? undefined : (entry) => String(valueOf(entry, field))
}

function isUnique(list: readonly Json[], field: string): boolean {
  const values = list.map((entry) => valueOf(entry, field))
  return values.every((value) => value !== undefined) && new Set(values).size === list.length
}

function valueOf(entry: Json, field: string): string | number | undefined {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined
  const value = Object.hasOwn(entry, field) ? entry[field] : undefined
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}
