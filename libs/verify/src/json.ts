// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from './errors.ts'

/** A JSON object of unknown content. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Reads bytes that must be one JSON object in UTF-8. Throws `Unverified`, naming what was read. */
export function parseJsonObject(what: string, bytes: Uint8Array): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw new VerifyError('Unverified', `${what} is not JSON`, { cause })
  }
  if (!isObject(value)) throw new VerifyError('Unverified', `${what} is not a JSON object`)
  return value
}

/** Whether a value is an object and no list. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The value below a path of fields; absent when anything on the way is no object. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let current = value
  for (const field of path) {
    if (!isObject(current) || !Object.hasOwn(current, field)) return undefined
    current = current[field]
  }
  return current
}
