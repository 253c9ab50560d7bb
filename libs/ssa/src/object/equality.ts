// SPDX-License-Identifier: Apache-2.0

/**
 * Whether two JSON values mean the same to the API server: members in any order, an absent or undefined member is not an
 * empty one. The drift test treats absent and empty label maps alike by giving `{}` for absent ones.
 */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]))
  }
  if (Array.isArray(b)) return false
  return equalMembers(a as Record<string, unknown>, b as Record<string, unknown>, noKeys)
}

const noKeys: ReadonlySet<string> = new Set()

/** Compares two objects member by member, but for the members in `except`. */
export function equalMembers(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  except: ReadonlySet<string>,
): boolean {
  const names = Object.keys(a).filter((name) => a[name] !== undefined && !except.has(name))
  const others = Object.keys(b).filter((name) => b[name] !== undefined && !except.has(name))
  return names.length === others.length && names.every((name) => Object.hasOwn(b, name) && equalJson(a[name], b[name]))
}
