// SPDX-License-Identifier: Apache-2.0
import { timingSafeEqual } from 'node:crypto'
import type { Hasher } from '@tidelock/archive'
import { ArtifactError } from './errors.ts'
import { createHasher } from './hasher.ts'
import type { DigestAlgorithm } from './hasher.ts'

/** A digest, taken apart. */
export interface Digest {
  readonly algorithm: DigestAlgorithm
  /** Lower case. */
  readonly hex: string
}

const hexLengths: Readonly<Record<DigestAlgorithm, number>> = {
  sha1: 40,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake3: 64,
}

/** The algorithms that `--artifact-digest-algo` may name. */
export const digestAlgorithms: readonly DigestAlgorithm[] = ['sha256', 'sha384', 'sha512', 'blake3', 'sha1']

/** Reads the name of an algorithm. Throws `UnsupportedDigest`, which lists what is supported. */
export function parseAlgorithm(name: string): DigestAlgorithm {
  const found = digestAlgorithms.find((each) => each === name)
  if (found !== undefined) return found
  throw new ArtifactError(
    'UnsupportedDigest',
    `digest algorithm '${name}' is not supported: use one of ${digestAlgorithms.join(', ')}`,
  )
}

/** Reads `algorithm:hex`; bare hex counts as sha256, as in Flux. Throws `InvalidDigest` and `UnsupportedDigest`. */
export function parseDigest(text: string): Digest {
  const colon = text.indexOf(':')
  const algorithm = parseAlgorithm(colon === -1 ? 'sha256' : text.slice(0, colon))
  const hex = text.slice(colon + 1)
  if (!/^[0-9a-f]*$/.test(hex) || hex.length !== hexLengths[algorithm]) {
    throw new ArtifactError(
      'InvalidDigest',
      `'${text}' is not a digest: want ${algorithm}:<${hexLengths[algorithm]} hex digits>`,
    )
  }
  return { algorithm, hex }
}

/** Checks a stream against a digest while the bytes pass. */
export class DigestVerifier {
  readonly #digest: Digest
  readonly #hasher: Hasher

  private constructor(digest: Digest, hasher: Hasher) {
    this.#digest = digest
    this.#hasher = hasher
  }

  static async create(digest: Digest): Promise<DigestVerifier> {
    return new DigestVerifier(digest, await createHasher(digest.algorithm))
  }

  update(chunk: Uint8Array): void {
    this.#hasher.update(chunk)
  }

  /** Whether the bytes so far have the digest. To be called once, at the end. */
  matches(): boolean {
    return timingSafeEqual(Buffer.from(this.#hasher.hex(), 'hex'), Buffer.from(this.#digest.hex, 'hex'))
  }
}
