// SPDX-License-Identifier: Apache-2.0
import { constants, verify, type KeyObject } from 'node:crypto'

/** A signature algorithm of the Notary Project. */
export type SigningAlgorithm = 'PS256' | 'PS384' | 'PS512' | 'ES256' | 'ES384' | 'ES512'

const ofKey: Readonly<Record<string, SigningAlgorithm>> = {
  'rsa 2048': 'PS256',
  'rsa 3072': 'PS384',
  'rsa 4096': 'PS512',
  'ec prime256v1': 'ES256',
  'ec secp384r1': 'ES384',
  'ec secp521r1': 'ES512',
}

/** The one algorithm that a key signs with; absent for keys that may not sign. An envelope must name just this one. */
export function algorithmOf(key: KeyObject): SigningAlgorithm | undefined {
  const details = key.asymmetricKeyDetails
  return ofKey[`${key.asymmetricKeyType} ${details?.namedCurve ?? details?.modulusLength}`]
}

/** Whether the key made the signature over the data. `saltLength` of the RSA signatures: that of the digest, or any. */
export function isSignedWith(
  key: KeyObject,
  algorithm: SigningAlgorithm,
  signed: { readonly data: Uint8Array; readonly signature: Uint8Array },
  saltLength: 'digest' | 'any',
): boolean {
  const digest = `sha${algorithm.slice(2)}`
  const salt = saltLength === 'digest' ? constants.RSA_PSS_SALTLEN_DIGEST : constants.RSA_PSS_SALTLEN_AUTO
  const how = algorithm.startsWith('PS')
    ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: salt }
    : ({ key, dsaEncoding: 'ieee-p1363' } as const)
  try {
    return verify(digest, signed.data, how, signed.signature)
  } catch {
    return false
  }
}
