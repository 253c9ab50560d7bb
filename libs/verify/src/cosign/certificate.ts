// SPDX-License-Identifier: Apache-2.0
import { X509Certificate } from '@sigstore/core'
import { VerifyError } from '../errors.ts'

const maxBytes = 64 * 1024
const extendedKeyUsage = '2.5.29.37'
const codeSigning = '1.3.6.1.5.5.7.3.3'
const fulcioIssuer = { v1: '1.3.6.1.4.1.57264.1.1', v2: '1.3.6.1.4.1.57264.1.8' }
const fulcioUserName = '1.3.6.1.4.1.57264.1.7'

/** Who asked for a certificate: the OpenID Connect issuer that vouched, and the names it is of. */
export interface SignerIdentity {
  readonly issuer: string
  readonly subjects: readonly string[]
}

/** Reads a certificate in DER. Throws `Unverified`. */
export function parseCertificate(der: Uint8Array): X509Certificate {
  if (der.byteLength > maxBytes)
    throw new VerifyError('Unverified', `the signature's certificate has more than ${maxBytes} bytes`)
  try {
    const certificate = X509Certificate.parse(Buffer.from(der))
    void certificate.publicKey
    return certificate
  } catch (cause) {
    throw new VerifyError('Unverified', "the signature's certificate cannot be read", { cause })
  }
}

/** What a certificate of Sigstore's authority says of the signer; empty where it says nothing. Throws `Unverified` when it is for another use than signing. */
export function identityOf(certificate: X509Certificate): SignerIdentity {
  try {
    if (!mayBeUsedForCode(certificate))
      throw new VerifyError('Unverified', "the signature's certificate is not for signing code")
    const names = certificate.extSubjectAltName
    const subjects = [names?.uri, names?.rfc822Name, names?.otherName(fulcioUserName)]
    return { issuer: issuerOf(certificate), subjects: subjects.filter((subject) => subject !== undefined) }
  } catch (cause) {
    if (cause instanceof VerifyError) throw cause
    throw new VerifyError('Unverified', "the signature's certificate cannot be read", { cause })
  }
}

function mayBeUsedForCode(certificate: X509Certificate): boolean {
  return (
    certificate.extension(extendedKeyUsage)?.valueObj.subs[0]?.subs.some((usage) => usage.toOID() === codeSigning) ??
    false
  )
}

/** The first form of the extension held the bare text, the second holds it as a UTF8String. */
function issuerOf(certificate: X509Certificate): string {
  const second = certificate.extension(fulcioIssuer.v2)?.valueObj.subs[0]?.value
  const issuer = second ?? certificate.extension(fulcioIssuer.v1)?.value
  return issuer === undefined ? '' : new TextDecoder('utf-8', { fatal: true }).decode(issuer)
}
