// SPDX-License-Identifier: Apache-2.0
import { verify } from 'node:crypto'
import { ASN1Obj } from '@sigstore/core'
import { refused } from './envelope.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const digests: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256',
  '1.2.840.10045.4.3.3': 'sha384',
  '1.2.840.10045.4.3.4': 'sha512',
}
const deltaIndicator = '2.5.29.27'
/** Which certificates a list is for. All lists that a certificate names are read, so this needs no look. */
const scope = '2.5.29.28'

/** A list of revoked certificates whose signature holds. */
export interface RevocationList {
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** Serial numbers in hexadecimal. */
  readonly revoked: ReadonlySet<string>
}

/**
 * Reads a list of revoked certificates (RFC 5280) and checks that the issuer signed it. Throws `Unverified`, also for one that
 * lists changes only or has a critical extension that is not understood.
 */
export function parseRevocationList(der: Uint8Array, issuer: SigningCertificate): RevocationList {
  try {
    return read(Buffer.from(der), issuer)
  } catch (cause) {
    throw refused('a list of revoked certificates cannot be used', cause)
  }
}

function read(der: Buffer<ArrayBuffer>, issuer: SigningCertificate): RevocationList {
  const [list, algorithm, signature] = ASN1Obj.parseBuffer(der).subs
  const parts = list?.subs[0]?.tag.isInteger() === true ? list.subs.slice(1) : (list?.subs ?? [])
  const [inner, name, thisUpdate, ...rest] = parts
  const oid = algorithm?.subs[0]?.toOID() ?? ''
  const digest = digests[oid]
  if (signature === undefined || name === undefined || thisUpdate === undefined || digest === undefined)
    throw refused('it is no list that is signed in a known way')
  if (inner?.subs[0]?.toOID() !== oid) throw refused('it names two algorithms')
  if (!name.value.equals(issuer.subject)) throw refused('it is of another issuer')
  if (issuer.keyUsage?.uses.has('crlSign') !== true)
    throw refused("the issuer's certificate is not for signing such lists")
  if (!verify(digest, signedPart(der), issuer.publicKey, signature.value.subarray(1)))
    throw refused('its signature does not hold')
  const [next] = rest
  const hasNext = next !== undefined && (next.tag.isUTCTime() || next.tag.isGeneralizedTime())
  const entries = rest.find((part) => part.tag.isUniversal() && part.tag.constructed)?.subs ?? []
  checkExtensions(rest.find((part) => part.tag.isContextSpecific(0))?.subs[0]?.subs ?? [])
  return {
    thisUpdate: thisUpdate.toDate(),
    nextUpdate: hasNext ? next.toDate() : undefined,
    revoked: new Set(entries.map((entry) => entry.subs[0]?.value.toString('hex') ?? '')),
  }
}

function checkExtensions(extensions: readonly ASN1Obj[]): void {
  for (const { subs } of extensions) {
    const oid = subs[0]?.toOID()
    if (oid === deltaIndicator) throw refused('it lists changes only')
    if (subs.length > 2 && subs[1]?.toBoolean() === true && oid !== scope)
      throw refused(`it has a critical extension ${oid} that is not understood`)
  }
}

/** The first element within the outer one, as it was sent: that is what is signed. */
function signedPart(der: Buffer): Buffer {
  const start = headerLength(der, 0)
  const length = headerLength(der, start)
  return der.subarray(start, start + length + contentLength(der, start))
}

function headerLength(der: Buffer, at: number): number {
  const first = der.readUInt8(at + 1)
  return first < 0x80 ? 2 : 2 + (first & 0x7f)
}

function contentLength(der: Buffer, at: number): number {
  const first = der.readUInt8(at + 1)
  return first < 0x80 ? first : der.readUIntBE(at + 2, first & 0x7f)
}
