// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { elementsOf, firstElement } from '../der.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const tags = { integer: 0x02, octetString: 0x04, bitString: 0x03, sequence: 0x30 }
/** SHA-1 as AlgorithmIdentifier. It only names the issuer here, and is what every responder knows. */
const sha1 = Buffer.from('300906052b0e03021a0500', 'hex')

/** The name that OCSP has for a certificate (CertID), in DER: hashes of its issuer's name and key, and its serial number. */
export function certificateId({ serialNumber }: SigningCertificate, issuer: SigningCertificate): Buffer {
  return encode(tags.sequence, [
    sha1,
    encode(tags.octetString, [nameHash(issuer)]),
    encode(tags.octetString, [keyHash(issuer)]),
    encode(tags.integer, [serialNumber]),
  ])
}

/**
 * Asks about one certificate (RFC 6960), in DER. Without a nonce, as notation does: many authorities sign their answers in advance,
 * and how old one may be, it says itself.
 */
export function createOcspRequest(certificate: SigningCertificate, issuer: SigningCertificate): Buffer {
  const list = encode(tags.sequence, [encode(tags.sequence, [certificateId(certificate, issuer)])])
  return encode(tags.sequence, [encode(tags.sequence, [list])])
}

/** The SHA-1 of a certificate's public key, without what tells its kind. */
export function keyHash({ publicKey }: SigningCertificate): Buffer {
  const info = firstElement(publicKey.export({ type: 'spki', format: 'der' }))
  const bits = [...elementsOf(info.content)].find(({ tag }) => tag === tags.bitString)
  return hash(bits?.content.subarray(1) ?? Buffer.alloc(0))
}

function nameHash({ subject }: SigningCertificate): Buffer {
  return hash(encode(tags.sequence, [subject]))
}

function hash(bytes: Uint8Array): Buffer {
  return createHash('sha1').update(bytes).digest()
}

function encode(tag: number, parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  const hex = content.byteLength.toString(16)
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const header = content.byteLength < 0x80 ? [tag] : [tag, 0x80 | length.byteLength]
  return Buffer.concat([Buffer.from(header), length, content])
}
