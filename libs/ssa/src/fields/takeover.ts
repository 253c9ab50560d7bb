// SPDX-License-Identifier: Apache-2.0
import type { ManagedFieldsEntry } from '@tidelock/api'
import { unionFields } from './field-set.ts'
import type { FieldSet } from './field-set.ts'

/** Field managers whose fields become ours: names by prefix, with one operation. */
export interface ManagerRule {
  readonly prefix: string
  readonly operation: 'Apply' | 'Update'
}

/**
 * The managers that Flux takes over: kubectl in every form, what the server called the manager of an object that was made
 * before server-side apply, our own name with Update (from before server-side apply), and the disallowed ones.
 */
export function managerRules(fieldManager: string, disallowed: readonly string[] = []): ManagerRule[] {
  return [
    { prefix: 'kubectl', operation: 'Apply' },
    { prefix: 'kubectl', operation: 'Update' },
    { prefix: 'before-first-apply', operation: 'Update' },
    { prefix: fieldManager, operation: 'Update' },
    ...disallowed.flatMap((prefix): ManagerRule[] => [
      { prefix, operation: 'Apply' },
      { prefix, operation: 'Update' },
    ]),
  ]
}

/** Whether a rule names the entry. Entries of subresources are nobody's to take. */
export function isTakenOver(entry: ManagedFieldsEntry, rules: readonly ManagerRule[]): boolean {
  if ((entry.subresource ?? '') !== '') return false
  return rules.some(
    ({ prefix, operation }) => entry.operation === operation && (entry.manager ?? '').startsWith(prefix),
  )
}

/** Whether the entry is the one by which `fieldManager` applies. */
export function isOwnEntry(entry: ManagedFieldsEntry, fieldManager: string): boolean {
  return entry.manager === fieldManager && entry.operation === 'Apply' && (entry.subresource ?? '') === ''
}

/**
 * The entries after the fields of the managers that the rules name have been given to `fieldManager` (Apply), which moves to the
 * end of the list; undefined when there is nothing to take. Without an entry of its own yet, it gets the first one taken, renamed.
 */
export function takeOver(
  entries: readonly ManagedFieldsEntry[],
  rules: readonly ManagerRule[],
  fieldManager: string,
): ManagedFieldsEntry[] | undefined {
  const taken = entries.filter((entry) => !isOwnEntry(entry, fieldManager) && isTakenOver(entry, rules))
  if (taken.length === 0) return undefined
  const own = entries.findLast((entry) => isOwnEntry(entry, fieldManager))
  const sources = own === undefined ? taken : [own, ...taken]
  const merged: ManagedFieldsEntry = { ...sources[0], manager: fieldManager, operation: 'Apply' }
  const sets = sources.flatMap(({ fieldsV1 }): FieldSet[] => (fieldsV1 === undefined ? [] : [fieldsV1]))
  if (sets.length > 0) merged.fieldsV1 = { ...sets.reduce(unionFields) }
  return [...entries.filter((entry) => entry !== own && !taken.includes(entry)), merged]
}
