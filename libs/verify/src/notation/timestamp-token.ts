// SPDX-License-Identifier: Apache-2.0
import { ASN1Obj, RFC3161Timestamp } from '@sigstore/core'
import { refused } from './envelope.ts'
import { parseSigningCertificate } from './signing-certificate.ts'
import type { SigningCertificate } from './signing-certificate.ts'

/** A timestamp whose signature holds by the key of its first certificate. Nothing says yet whose that is. */
export interface VerifiedTimestamp {
  /** The time was between these two. */
  readonly from: Date
  readonly to: Date
  readonly signer: SigningCertificate
  /** All certificates in it, in no order. */
  readonly certificates: readonly SigningCertificate[]
}

const maxCertificates = 10
const maxBytes = 64 * 1024
/** PKIStatusInfo "granted": a token is the second part of the response that the parser knows. */
const granted = Buffer.from([0x30, 0x03, 0x02, 0x01, 0x00])

/** Reads an RFC 3161 token and checks that it is over the data. Throws `Unverified`. */
export function verifyTimestampToken(token: Uint8Array, data: Uint8Array): VerifiedTimestamp {
  if (token.byteLength > maxBytes) throw refused(`the timestamp of the signature has more than ${maxBytes} bytes`)
  try {
    return read(Buffer.from(token), Buffer.from(data))
  } catch (cause) {
    throw refused('the timestamp of the signature does not hold', cause)
  }
}

function read(token: Buffer, data: Buffer): VerifiedTimestamp {
  const timestamp = RFC3161Timestamp.parse(sequence(Buffer.concat([granted, token])))
  const certificates = embedded(ASN1Obj.parseBuffer(Buffer.from(token)))
  const signer = certificates.find(
    ({ issuer, serialNumber }) =>
      issuer.equals(timestamp.signerIssuer) && serialNumber.equals(timestamp.signerSerialNumber),
  )
  if (signer === undefined) throw refused('it does not carry the certificate of its signer')
  timestamp.verify(data, signer.publicKey)
  const [time, accuracyMs] = [timestamp.signingTime.getTime(), accuracyOf(timestamp)]
  return { from: new Date(time - accuracyMs), to: new Date(time + accuracyMs), signer, certificates }
}

function sequence(content: Buffer): Buffer<ArrayBuffer> {
  const hex = content.byteLength.toString(16)
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const header = content.byteLength < 0x80 ? [0x30] : [0x30, 0x80 | length.byteLength]
  return Buffer.concat([Buffer.from(header), length, content])
}

/** ContentInfo → SignedData → certificates. */
function embedded(contentInfo: ASN1Obj): readonly SigningCertificate[] {
  const signedData = contentInfo.subs[1]?.subs[0]?.subs ?? []
  const certificates = signedData.find((part) => part.tag.isContextSpecific(0))?.subs ?? []
  if (certificates.length > maxCertificates) throw refused(`it carries more than ${maxCertificates} certificates`)
  return certificates.map((certificate) => parseSigningCertificate(certificate.toDER()))
}

/** Seconds, and thousandths and millionths with tags of their own. Absent means exact. */
function accuracyOf({ tstInfo }: RFC3161Timestamp): number {
  const [accuracy] = tstInfo.root.subs.slice(5).filter((part) => part.tag.isUniversal() && part.tag.constructed)
  const parts = accuracy?.subs ?? []
  const number = ({ value }: ASN1Obj): number => Number(`0x0${value.toString('hex')}`)
  const seconds = parts.filter((part) => part.tag.isInteger()).map((part) => number(part) * 1000)
  const fractions = parts
    .filter((part) => !part.tag.isUniversal())
    .map((part) => (part.tag.isContextSpecific(0) ? number(part) : 1))
  return [...seconds, ...fractions].reduce((sum, part) => sum + part, 0)
}
