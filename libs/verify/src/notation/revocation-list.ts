// SPDX-License-Identifier: Apache-2.0
import { elementsOf, firstElement } from '../der.ts'
import type { DerElement } from '../der.ts'
import { refused } from './envelope.ts'
import { checkSignedBy, parseElement } from './signed-by.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const deltaIndicator = '2.5.29.27'
/** Which certificates a list is for. All lists that a certificate names are read, so this needs no look. */
const scope = '2.5.29.28'
const tags = { integer: 0x02, sequence: 0x30, utcTime: 0x17, generalizedTime: 0x18, extensions: 0xa0 }

/** A list of revoked certificates whose signature holds. */
export interface RevocationList {
  readonly thisUpdate: Date
  readonly nextUpdate: Date | undefined
  /** Whether it has the serial number, as it stands in the certificate. */
  has(serialNumber: Buffer): boolean
}

/**
 * Reads a list of revoked certificates (RFC 5280) and checks that the issuer signed it. Throws `Unverified`, also for one that
 * lists changes only or has a critical extension that is not understood. Entries are not copied: lists can be large.
 */
export function parseRevocationList(der: Uint8Array, issuer: SigningCertificate): RevocationList {
  try {
    return read(Buffer.from(der.buffer, der.byteOffset, der.byteLength), issuer)
  } catch (cause) {
    throw refused('a list of revoked certificates cannot be used', cause)
  }
}

function read(der: Buffer, issuer: SigningCertificate): RevocationList {
  const outer = firstElement(der)
  const [list, algorithm, signature] = elementsOf(outer.content)
  if (list === undefined || algorithm === undefined || signature === undefined) throw refused('it is no list')
  if (outer.whole.byteLength !== der.byteLength) throw refused('bytes stand after it')
  const parts = [...elementsOf(list.content)].filter((part, i) => i > 0 || part.tag !== tags.integer)
  const [inner, name, thisUpdate, ...rest] = parts
  if (inner === undefined || name === undefined || thisUpdate === undefined) throw refused('it is no list')
  if (!inner.whole.equals(algorithm.whole)) throw refused('it is not signed in a known way')
  if (!name.content.equals(issuer.subject)) throw refused('it is of another issuer')
  if (issuer.keyUsage?.uses.has('crlSign') !== true)
    throw refused("the issuer's certificate is not for signing such lists")
  checkSignedBy({ content: list, algorithm, signature }, issuer.publicKey)
  const [next] = rest
  const isTimed = next?.tag === tags.utcTime || next?.tag === tags.generalizedTime
  checkExtensions(rest.find((part) => part.tag === tags.extensions))
  const entries = rest.find((part) => part.tag === tags.sequence)?.content ?? Buffer.alloc(0)
  return {
    thisUpdate: parseElement(thisUpdate).toDate(),
    nextUpdate: isTimed ? parseElement(next).toDate() : undefined,
    has: (serialNumber) => hasEntry(entries, serialNumber),
  }
}

function hasEntry(entries: Buffer, serialNumber: Buffer): boolean {
  for (const entry of elementsOf(entries)) if (firstElement(entry.content).content.equals(serialNumber)) return true
  return false
}

function checkExtensions(part: DerElement | undefined): void {
  for (const { subs } of part === undefined ? [] : (parseElement(part).subs[0]?.subs ?? [])) {
    const oid = subs[0]?.toOID()
    if (oid === deltaIndicator) throw refused('it lists changes only')
    const isCritical = subs.length > 2 && subs[1]?.toBoolean() === true
    if (isCritical && oid !== scope) throw refused(`it has a critical extension ${oid} that is not understood`)
  }
}
