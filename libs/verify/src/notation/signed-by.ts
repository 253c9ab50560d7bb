// SPDX-License-Identifier: Apache-2.0
import { verify, type KeyObject } from 'node:crypto'
import { ASN1Obj } from '@sigstore/core'
import type { DerElement } from '../der.ts'
import { refused } from './envelope.ts'

const digests: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.11', 'sha256'],
  ['1.2.840.113549.1.1.12', 'sha384'],
  ['1.2.840.113549.1.1.13', 'sha512'],
  ['1.2.840.10045.4.3.2', 'sha256'],
  ['1.2.840.10045.4.3.3', 'sha384'],
  ['1.2.840.10045.4.3.4', 'sha512'],
])

/** The three parts of everything that an authority signs. */
export interface SignedDer {
  readonly content: DerElement
  /** AlgorithmIdentifier. */
  readonly algorithm: DerElement
  /** A bit string. */
  readonly signature: DerElement
}

/** Holds a signature by RSA (PKCS #1) or ECDSA with SHA-2 to a key. Throws `Unverified`. */
export function checkSignedBy({ content, algorithm, signature }: SignedDer, key: KeyObject): void {
  const digest = digests.get(parseElement(algorithm).subs[0]?.toOID() ?? '')
  if (digest === undefined) throw refused('it is not signed in a known way')
  if (!verify(digest, content.whole, key, signature.content.subarray(1))) throw refused('its signature does not hold')
}

/** An element, read whole. */
export function parseElement({ whole }: DerElement): ASN1Obj {
  return ASN1Obj.parseBuffer(Buffer.from(whole))
}
