// SPDX-License-Identifier: Apache-2.0
import { isObject, parseJsonObject } from '../json.ts'
import type { CachedRoot } from './cached-root.ts'

const roles = ['root', 'timestamp', 'snapshot', 'targets']

/** When the first of the verified metadata expires, in milliseconds since the epoch. */
export function expiryOf({ metadata }: CachedRoot): number {
  return Math.min(...roles.map((role) => expiryOfRole(role, metadata.get(role) ?? Buffer.from('{}'))))
}

function expiryOfRole(role: string, bytes: Uint8Array): number {
  const { signed } = parseJsonObject(`the ${role} metadata`, bytes)
  const expires = isObject(signed) ? signed['expires'] : undefined
  const at = typeof expires === 'string' ? Date.parse(expires) : Number.NaN
  return Number.isNaN(at) ? 0 : at
}
