// SPDX-License-Identifier: Apache-2.0
import { elementsOf, firstElement } from '../der.ts'
import type { DerElement } from '../der.ts'
import { refused } from './envelope.ts'
import { certificateId, keyHash } from './ocsp-request.ts'
import { checkSignedBy, parseElement } from './signed-by.ts'
import { parseSigningCertificate } from './signing-certificate.ts'
import type { SigningCertificate } from './signing-certificate.ts'

const basicResponse = '1.3.6.1.5.5.7.48.1.1'
const ocspSigning = '1.3.6.1.5.5.7.3.9'
const limits = { certificates: 10, answers: 100 }
const tags = { sequence: 0x30, generalizedTime: 0x18, good: 0x80, revoked: 0xa1, unknown: 0x82 }
const context = { 0: 0xa0, 1: 0xa1, 2: 0xa2 }

/** What a responder says of a certificate, whoever it may be. */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown'
  readonly thisUpdate: Date
  /** Absent: newer information is always there, so this one says nothing for long. */
  readonly nextUpdate: Date | undefined
}

/** Which certificate an answer is about, and when it is read. */
export interface OcspSubject {
  readonly certificate: SigningCertificate
  readonly issuer: SigningCertificate
  readonly now: Date
}

/**
 * Reads an answer (RFC 6960), whose signature must be that of the issuer, or of a certificate in it that the issuer made for
 * signing such answers and that is valid now. Throws `Unverified` for any other, and for one about another certificate.
 */
export function parseOcspResponse(der: Uint8Array, subject: OcspSubject): OcspAnswer {
  try {
    return read(Buffer.from(der.buffer, der.byteOffset, der.byteLength), subject)
  } catch (cause) {
    throw refused('an answer about the revocation of a certificate cannot be used', cause)
  }
}

function read(der: Buffer, subject: OcspSubject): OcspAnswer {
  const outer = firstElement(der)
  if (outer.whole.byteLength !== der.byteLength) throw refused('bytes stand after it')
  const [status, explicit] = [...elementsOf(outer.content)]
  if (status?.content.readUInt8(0) !== 0 || explicit?.tag !== context[0])
    throw refused('the responder has none to give')
  const [type, octets] = [...elementsOf(firstElement(explicit.content).content)]
  if (type === undefined || octets === undefined || parseElement(type).toOID() !== basicResponse)
    throw refused('it is of an unknown type')
  const [content, algorithm, signature, certificates] = [...elementsOf(firstElement(octets.content).content)]
  if (content === undefined || algorithm === undefined || signature === undefined) throw refused('it is cut off')
  const parts = [...elementsOf(content.content)].filter(({ tag }) => tag !== context[0])
  const [responder, producedAt, answers, extensions] = parts
  if (responder === undefined || producedAt?.tag !== tags.generalizedTime || answers?.tag !== tags.sequence)
    throw refused('it is cut off')
  const signer = responderOf(responder, certificates, subject)
  checkSignedBy({ content, algorithm, signature }, signer.publicKey)
  checkExtensions(extensions)
  return answerAbout(answers, certificateId(subject.certificate, subject.issuer))
}

/** The issuer, or the one that it named. */
function responderOf(
  responder: DerElement,
  certificates: DerElement | undefined,
  { issuer, now }: OcspSubject,
): SigningCertificate {
  if (isNamed(issuer, responder)) return issuer
  const list = certificates === undefined ? [] : [...elementsOf(firstElement(certificates.content).content)]
  if (list.length > limits.certificates) throw refused(`it has more than ${limits.certificates} certificates`)
  const delegate = list.map(({ whole }) => parseSigningCertificate(whole)).find((each) => isNamed(each, responder))
  if (delegate === undefined) throw refused('it does not carry the certificate of its signer')
  if (!delegate.issuer.equals(issuer.subject) || !delegate.isSignedBy(issuer))
    throw refused("its signer's certificate is of another issuer")
  if (!delegate.extendedKeyUsage.includes(ocspSigning))
    throw refused("its signer's certificate is not for such answers")
  if (now < delegate.notBefore || now > delegate.notAfter) throw refused("its signer's certificate is not valid now")
  return delegate
}

function isNamed(certificate: SigningCertificate, { tag, content }: DerElement): boolean {
  const name = firstElement(content).content
  if (tag === context[1]) return name.equals(certificate.subject)
  return tag === context[2] && name.equals(keyHash(certificate))
}

function answerAbout(answers: DerElement, id: Buffer): OcspAnswer {
  let count = 0
  for (const { content } of elementsOf(answers.content)) {
    if (++count > limits.answers) throw refused(`it is about more than ${limits.answers} certificates`)
    const [name, status, thisUpdate, ...rest] = [...elementsOf(content)]
    if (name === undefined || status === undefined || thisUpdate === undefined) throw refused('it is cut off')
    if (!name.whole.equals(id)) continue
    const next = rest.find(({ tag }) => tag === context[0])
    checkExtensions(rest.find(({ tag }) => tag === context[1]))
    return {
      status: statusOf(status),
      thisUpdate: timeOf(thisUpdate),
      nextUpdate: next === undefined ? undefined : timeOf(firstElement(next.content)),
    }
  }
  throw refused('it is about another certificate')
}

function checkExtensions(part: DerElement | undefined): void {
  for (const { subs } of part === undefined ? [] : (parseElement(part).subs[0]?.subs ?? [])) {
    const isCritical = subs.length > 2 && subs[1]?.toBoolean() === true
    if (isCritical) throw refused(`it has a critical extension ${subs[0]?.toOID()} that is not understood`)
  }
}

function statusOf({ tag }: DerElement): OcspAnswer['status'] {
  if (tag === tags.good) return 'good'
  if (tag === tags.revoked) return 'revoked'
  if (tag === tags.unknown) return 'unknown'
  throw refused('it has an unknown status')
}

function timeOf(element: DerElement): Date {
  if (element.tag !== tags.generalizedTime) throw refused('it has no time')
  return parseElement(element).toDate()
}
