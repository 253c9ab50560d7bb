// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from 'node:crypto'
import { decryptValue } from './cipher.ts'
import { compileRule } from './crypt-rule.ts'
import { SopsError } from './errors.ts'
import type { Metadata } from './metadata.ts'
import { Comment, leafBytes } from './tree.ts'
import type { Branch, Leaf } from './tree.ts'
import { mapLeaves, pathOf } from './walk.ts'
import type { Place } from './walk.ts'

/** A decrypted tree. */
export interface DecryptedTree {
  readonly branches: readonly Branch[]
  /** SHA-512 over all values, or over the encrypted ones alone, in upper case hexadecimal digits. */
  readonly mac: string
  /** All values that were encrypted, comments left out. */
  readonly values: readonly Leaf[]
}

/** Tells a MAC over the encrypted values alone from one over all: SHA-256 of the word sops. */
const macOnlyEncryptedSeed = createHash('sha256').update('sops').digest()

/** Decrypts all values that the rule of the metadata names. Throws `ValueRefused`, or `TooLarge` for depth. */
export function decryptTree(branches: readonly Branch[], metadata: Metadata, dataKey: Uint8Array): DecryptedTree {
  const isEncrypted = compileRule(metadata.rule)
  const hash = createHash('sha512')
  if (metadata.macOnlyEncrypted) hash.update(macOnlyEncryptedSeed)
  const values: Leaf[] = []
  const paths = new AuthenticatedPaths()
  const decrypted = branches.map((branch) =>
    mapLeaves(branch, (leaf, place) => {
      const encrypted = isEncrypted(leaf, place)
      const plain = encrypted ? decryptLeaf(leaf, dataKey, { place, paths }) : leaf
      if (plain instanceof Comment) return plain
      if (encrypted) values.push(plain)
      if (encrypted || !metadata.macOnlyEncrypted) hash.update(leafBytes(plain))
      return plain
    }),
  )
  return { branches: decrypted, mac: hash.digest('hex').toUpperCase(), values }
}

interface Where {
  readonly place: Place
  readonly paths: AuthenticatedPaths
}

function decryptLeaf(leaf: Leaf, dataKey: Uint8Array, { place, paths }: Where): Leaf {
  if (leaf instanceof Comment) {
    // most are none that SOPS encrypted
    return leaf.text.startsWith('ENC[') ? decryptComment(leaf, dataKey, paths.of(place)) : leaf
  }
  if (typeof leaf === 'string') return decryptValue(leaf, dataKey, leaf === '' ? '' : paths.of(place))
  throw new SopsError('ValueRefused', `the value at '${pathOf(place).join(':')}' is no text, and is to be encrypted`)
}

function decryptComment(comment: Comment, dataKey: Uint8Array, additionalData: string): Leaf {
  try {
    return decryptValue(comment.text, dataKey, additionalData)
  } catch {
    // old versions of SOPS left comments as they were
    return comment
  }
}

/** Whether the MAC that the file carries is that of its values. */
export function macMatches(metadata: Metadata, dataKey: Uint8Array, mac: string): boolean {
  let stored: Leaf
  try {
    stored = decryptValue(metadata.mac, dataKey, metadata.lastModified)
  } catch {
    return false
  }
  if (typeof stored !== 'string' || stored.length !== mac.length) return false
  return timingSafeEqual(Buffer.from(stored), Buffer.from(mac))
}

/** Of all paths that are authenticated with a value: keys may be long, and count at every value below them. */
const maxPathCharacters = 256 * 2 ** 20

/** The paths by which values are authenticated: each component followed by a colon, and a colon at the top. */
class AuthenticatedPaths {
  readonly #known = new WeakMap<Place, string>()
  #left = maxPathCharacters

  /** Throws `TooLarge` when all of them together are too long. */
  of(place: Place): string {
    const path = this.#join(place)
    this.#left -= path.length
    if (this.#left < 0) throw new SopsError('TooLarge', 'the paths of all values are too long together')
    return path || ':'
  }

  #join(place: Place): string {
    const known = this.#known.get(place)
    if (known !== undefined) return known
    const { parent, key } = place
    const path = `${parent === undefined ? '' : this.#join(parent)}${key === undefined ? '' : `${key}:`}`
    this.#known.set(place, path)
    return path
  }
}
