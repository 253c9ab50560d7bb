// SPDX-License-Identifier: Apache-2.0
import { X509Certificate as NodeCertificate, type KeyObject } from 'node:crypto'
import { X509Certificate as DerCertificate, type ASN1Obj } from '@sigstore/core'
import { VerifyError } from '../errors.ts'

const maxBytes = 64 * 1024
const oids = {
  keyUsage: '2.5.29.15',
  extendedKeyUsage: '2.5.29.37',
  revocationLists: '2.5.29.31',
  authorityAccess: '1.3.6.1.5.5.7.1.1',
  ocsp: '1.3.6.1.5.5.7.48.1',
}

/** SHA-2 with RSA (PKCS #1 and PSS) and ECDSA, and Ed25519: what certificates may be signed with. */
const signatureOids: ReadonlySet<string> = new Set([
  ...['10', '11', '12', '13'].map((last) => `1.2.840.113549.1.1.${last}`),
  ...['2', '3', '4'].map((last) => `1.2.840.10045.4.3.${last}`),
  '1.3.101.112',
])

/** The bits of a key usage, by their place. */
const keyUsages = [
  'digitalSignature',
  'contentCommitment',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const
/** What a key may be used for. */
type KeyUsage = (typeof keyUsages)[number]

/** A certificate, with what the rules of the Notary Project ask of it. */
export interface SigningCertificate {
  readonly der: Uint8Array
  /** The name and that of the issuer, in DER. */
  readonly subject: Buffer
  readonly issuer: Buffer
  /** The attributes of the name in order: short name, or the object identifier of one that has none, and value. */
  readonly subjectAttributes: readonly (readonly [string, string])[]
  readonly serialNumber: Buffer
  readonly notBefore: Date
  readonly notAfter: Date
  readonly publicKey: KeyObject
  readonly isAuthority: boolean
  readonly pathLength: number | undefined
  /** Absent when the certificate does not restrict its key; `critical` says whether it must be heeded. */
  readonly keyUsage: { readonly critical: boolean; readonly uses: ReadonlySet<KeyUsage> } | undefined
  readonly extendedKeyUsage: readonly string[]
  readonly isExtendedKeyUsageCritical: boolean
  /** Where one can ask whether it was revoked. */
  readonly revocation: { readonly ocsp: readonly string[]; readonly lists: readonly string[] }
  isSignedBy(issuer: SigningCertificate): boolean
}

/** Reads a certificate in DER. Throws `Unverified`. */
export function parseSigningCertificate(der: Uint8Array): SigningCertificate {
  if (der.byteLength > maxBytes) throw new VerifyError('Unverified', `a certificate has more than ${maxBytes} bytes`)
  try {
    const node = new NodeCertificate(der)
    if (!node.raw.equals(der)) throw new VerifyError('Unverified', 'bytes stand after the certificate')
    return toCertificate(node, DerCertificate.parse(Buffer.from(der)))
  } catch (cause) {
    throw new VerifyError('Unverified', 'a certificate cannot be read', { cause })
  }
}

function toCertificate(node: NodeCertificate, certificate: DerCertificate): SigningCertificate {
  const constraints = certificate.extBasicConstraints
  return {
    der: node.raw,
    subject: certificate.subject,
    issuer: certificate.issuer,
    subjectAttributes: attributesOf(certificate),
    serialNumber: certificate.serialNumber,
    notBefore: node.validFromDate,
    notAfter: node.validToDate,
    publicKey: node.publicKey,
    isAuthority: constraints?.isCA ?? false,
    pathLength: constraints?.pathLenConstraint === undefined ? undefined : Number(constraints.pathLenConstraint),
    keyUsage: keyUsageOf(certificate),
    extendedKeyUsage: content(certificate, oids.extendedKeyUsage).map((usage) => usage.toOID()),
    isExtendedKeyUsageCritical: certificate.extension(oids.extendedKeyUsage)?.critical ?? false,
    revocation: revocationOf(certificate),
    isSignedBy: (issuer) => signatureOids.has(node.signatureAlgorithmOid) && node.verify(issuer.publicKey),
  }
}

function keyUsageOf(certificate: DerCertificate): SigningCertificate['keyUsage'] {
  const extension = certificate.extension(oids.keyUsage)
  const bits = extension?.valueObj.subs[0]?.toBitString()
  if (extension === undefined || bits === undefined) return undefined
  return { critical: extension.critical, uses: new Set(keyUsages.filter((_, i) => bits[i] === 1)) }
}

/** The parts of an extension that is a sequence; none when the certificate has no such extension. */
function content(certificate: DerCertificate, oid: string): readonly ASN1Obj[] {
  return certificate.extension(oid)?.valueObj.subs[0]?.subs ?? []
}

function revocationOf(certificate: DerCertificate): SigningCertificate['revocation'] {
  const access = content(certificate, oids.authorityAccess).filter((entry) => entry.subs[0]?.toOID() === oids.ocsp)
  const points = content(certificate, oids.revocationLists).flatMap((point) => point.subs[0]?.subs[0]?.subs ?? [])
  return { ocsp: access.flatMap((entry) => urlsOf(entry.subs.slice(1))), lists: urlsOf(points) }
}

function urlsOf(names: readonly ASN1Obj[]): readonly string[] {
  return names.filter((name) => name.tag.isContextSpecific(6)).map((name) => name.value.toString('latin1'))
}

const shortNames: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.17': 'POSTALCODE',
}
const textTags: ReadonlySet<number> = new Set([0x0c, 0x13, 0x16])

function attributesOf(certificate: DerCertificate): readonly (readonly [string, string])[] {
  const sets = subjectOf(certificate).subs
  return sets
    .flatMap((set) => set.subs)
    .map((attribute) => {
      const [type, value] = attribute.subs
      if (type === undefined || value === undefined || !textTags.has(value.tag.number))
        return [type?.toOID() ?? '', ''] as const
      return [
        shortNames[type.toOID()] ?? type.toOID(),
        new TextDecoder('utf-8', { fatal: true }).decode(value.value),
      ] as const
    })
}

/** The subject is the part after the validity, which alone is two times. */
function subjectOf(certificate: DerCertificate): ASN1Obj {
  const parts = certificate.tbsCertificate.subs
  const validity = parts.findIndex(
    (part) => part.subs.length === 2 && part.subs.every((sub) => sub.tag.isUTCTime() || sub.tag.isGeneralizedTime()),
  )
  const subject = parts[validity + 1]
  if (validity < 0 || subject === undefined || !subject.value.equals(certificate.subject))
    throw new VerifyError('Unverified', 'a certificate has no subject')
  return subject
}
