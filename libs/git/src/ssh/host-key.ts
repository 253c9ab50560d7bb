// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'

/** The type that a key in SSH's wire format names; undefined for what is no key. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined
  const length = key.readUInt32BE(0)
  if (length === 0 || length > 100 || key.length <= 4 + length) return undefined
  return key.toString('latin1', 4, 4 + length)
}

/** A key's fingerprint as `ssh-keygen -l` shows it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256')
    .update(key)
    .digest('base64')
    .replace(/(?<!=)=+$/, '')}`
}

/** The algorithms by which a host proves that a key of the type is its own, the strongest first. */
export function algorithmsOfType(type: string): readonly string[] {
  return type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'] : [type]
}
