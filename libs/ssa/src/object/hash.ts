// SPDX-License-Identifier: Apache-2.0
import { hash } from 'node:crypto'

/** One text per JSON value, whatever the order of its members; undefined members do not count. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member) ? sortMembers(member) : member,
  )
}

function sortMembers(value: object): object {
  const names = Object.keys(value)
  // most objects of the API server and of a renderer are sorted already
  if (names.every((name, index) => index === 0 || (names[index - 1] ?? '') < name)) return value
  const sorted: Record<string, unknown> = Object.create(null) as Record<string, unknown>
  for (const name of names.sort()) sorted[name] = (value as Record<string, unknown>)[name]
  return sorted
}

/** Names a rendered object, as it would be sent, by content: 24 characters of its SHA-256. */
export function hashObject(object: unknown): string {
  return hash('sha256', canonicalJson(object), 'base64url').slice(0, 24)
}

/** A 48-bit hash of a text, for records that are kept in great number. */
export function hashNumber(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}
