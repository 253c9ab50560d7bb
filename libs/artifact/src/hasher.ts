// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { Hasher } from '@tidelock/archive'

/** The algorithms in which digests of artifacts may be. */
export type DigestAlgorithm = 'sha1' | 'sha256' | 'sha384' | 'sha512' | 'blake3'

/** What measures bytes by the algorithm. What Node does not have is loaded when it is first asked for. */
export async function createHasher(algorithm: DigestAlgorithm): Promise<Hasher> {
  if (algorithm === 'blake3') {
    const { blake3 } = await import('@noble/hashes/blake3.js')
    const hash = blake3.create({})
    return {
      algorithm,
      update: (chunk) => void hash.update(chunk),
      hex: () => Buffer.from(hash.digest()).toString('hex'),
    }
  }
  const hash = createHash(algorithm)
  return { algorithm, update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') }
}
