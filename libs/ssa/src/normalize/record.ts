// SPDX-License-Identifier: Apache-2.0

/** Whether the value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A copy of the object in which the member at the path is `change` of what was there; the object itself if there is no such member. */
export function updateAt<T extends Record<string, unknown>>(
  object: T,
  path: readonly string[],
  change: (value: unknown) => unknown,
): T {
  const [name, ...rest] = path
  if (name === undefined || !Object.hasOwn(object, name)) return object
  const before = object[name]
  const after = rest.length === 0 ? change(before) : isRecord(before) ? updateAt(before, rest, change) : before
  if (after === before) return object
  const copy: Record<string, unknown> = { ...object, [name]: after }
  if (after === undefined) delete copy[name]
  return copy as T
}

/** The member at the path; undefined when a step of it is missing. */
export function valueAt(object: unknown, path: readonly string[]): unknown {
  let value = object
  for (const name of path) value = isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined
  return value
}
