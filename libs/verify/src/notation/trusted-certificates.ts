// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { parseSigningCertificate, type SigningCertificate } from './signing-certificate.ts'

/** Reads all certificates of a file, in PEM or one in DER. Throws `InvalidKey`, naming the file. */
export function parseTrustedCertificates(name: string, content: Uint8Array): readonly SigningCertificate[] {
  const text = Buffer.from(content).toString('latin1')
  const blocks = [...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g)]
  if (text.includes('-----BEGIN ') && blocks.length === 0)
    throw new VerifyError('InvalidKey', `${name} holds no certificate`)
  const ders = blocks.length === 0 ? [content] : blocks.map((block) => Buffer.from(block[1] ?? '', 'base64'))
  try {
    return ders.map(parseSigningCertificate)
  } catch (cause) {
    throw new VerifyError('InvalidKey', `${name} holds a certificate that cannot be read`, { cause })
  }
}
