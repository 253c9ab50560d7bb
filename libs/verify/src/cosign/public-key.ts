// SPDX-License-Identifier: Apache-2.0
import { createPublicKey, verify, type KeyObject } from 'node:crypto'
import { VerifyError } from '../errors.ts'

/** The digests that a key of a kind signs with: SHA-256 for all, as cosign does, and the curve's own for larger curves. */
const digestsOf: Readonly<Record<string, readonly (string | null)[]>> = {
  ed25519: [null],
  rsa: ['sha256'],
  prime256v1: ['sha256'],
  secp384r1: ['sha256', 'sha384'],
  secp521r1: ['sha256', 'sha512'],
}

/** Go's library, and so cosign, takes none that are shorter. */
const minRsaBits = 1024

/**
 * Reads a public key as `cosign generate-key-pair` writes it (`PUBLIC KEY`), or one in PKCS #1 (`RSA PUBLIC KEY`).
 * Throws `InvalidKey` for anything else: private keys, certificates, other curves.
 */
export function parsePublicKey(name: string, pem: string): KeyObject {
  const label = /^-----BEGIN ((?:RSA )?PUBLIC KEY)-----\r?$/m.exec(pem)?.[1]
  if (label === undefined || /-----BEGIN (?!(?:RSA )?PUBLIC KEY-----)/.test(pem)) {
    throw new VerifyError('InvalidKey', `${name} is not a public key in PEM`)
  }
  let key: KeyObject
  try {
    key = createPublicKey(pem)
  } catch (cause) {
    throw new VerifyError('InvalidKey', `${name} is not a public key that can be read`, { cause })
  }
  if (digestsOf[kindOf(key)] === undefined) {
    throw new VerifyError(
      'InvalidKey',
      `${name} is a key of kind ${kindOf(key)}; ECDSA on P-256, P-384 or P-521, RSA and ed25519 are known`,
    )
  }
  if ((key.asymmetricKeyDetails?.modulusLength ?? minRsaBits) < minRsaBits) {
    throw new VerifyError('InvalidKey', `${name} is an RSA key of fewer than ${minRsaBits} bits`)
  }
  return key
}

/** Whether the key made the signature over the data. The kind of the key alone decides on the algorithm. */
export function isSignedBy(key: KeyObject, data: Uint8Array, signature: Uint8Array): boolean {
  return (digestsOf[kindOf(key)] ?? []).some((digest) => {
    try {
      return verify(digest, data, key, signature)
    } catch {
      return false
    }
  })
}

function kindOf(key: KeyObject): string {
  return key.asymmetricKeyDetails?.namedCurve ?? key.asymmetricKeyType ?? 'unknown'
}
