// SPDX-License-Identifier: Apache-2.0

const decimal = /^[1-9][0-9]{0,38}$/

/**
 * Orders two resourceVersions of objects of one kind: negative when `a` is older, zero when equal, positive when newer.
 * Undefined when they cannot be compared (a server that does not use decimal numbers; Kubernetes promises them since 1.35).
 */
export function compareResourceVersions(a: string, b: string): number | undefined {
  if (a === b) return 0
  if (!decimal.test(a) || !decimal.test(b)) return undefined
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : 1
}
