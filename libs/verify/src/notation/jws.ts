// SPDX-License-Identifier: Apache-2.0
import { at, parseJsonObject, type JsonObject } from '../json.ts'
import { checkHeaders, headerNames, refused, type ProtectedHeaders, type SignedEnvelope } from './envelope.ts'
import { isSignedWith, algorithmOf, type SigningAlgorithm } from './signing-algorithm.ts'
import { parseSigningCertificate } from './signing-certificate.ts'

const algorithms: ReadonlySet<unknown> = new Set<SigningAlgorithm>([
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
])
const maxCertificates = 10

/**
 * Reads a signature in the JWS JSON form of the Notary Project and checks that the key of its first certificate made it.
 * The certificate alone decides on the algorithm; the header must agree. Throws `Unverified`.
 */
export function verifyJws(bytes: Uint8Array): SignedEnvelope {
  const envelope = parseJsonObject('the signature envelope', bytes)
  const [payload, protectedHeader, signature] = ['payload', 'protected', 'signature'].map((name) =>
    text(envelope, name),
  )
  const chain = at(envelope, 'header', 'x5c')
  if (!Array.isArray(chain) || chain.length === 0 || chain.length > maxCertificates)
    throw refused(`the signature must carry 1 to ${maxCertificates} certificates`)
  const certificates = chain.map((certificate) => parseSigningCertificate(fromBase64(certificate)))
  const headers = readHeaders(fromBase64Url(protectedHeader))
  const key = certificates[0]?.publicKey
  if (key === undefined || algorithmOf(key) !== headers.algorithm)
    throw refused("the signature's algorithm is not that of the signer's key")
  const signed = { data: Buffer.from(`${protectedHeader}.${payload}`), signature: fromBase64Url(signature) }
  if (!isSignedWith(key, headers.algorithm, signed, 'any')) throw refused('the signature does not hold')
  const timestamp = at(envelope, 'header', headerNames.timestamp)
  return {
    ...headers,
    payload: fromBase64Url(payload),
    signature: signed.signature,
    certificates,
    timestamp: timestamp === undefined ? undefined : fromBase64(timestamp),
  }
}

function readHeaders(bytes: Uint8Array): ProtectedHeaders {
  const headers = parseJsonObject("the signature's header", bytes)
  const get = (name: string): unknown => (Object.hasOwn(headers, name) ? (headers[name] ?? undefined) : undefined)
  return checkHeaders({
    algorithm: algorithms.has(headers['alg']) ? (headers['alg'] as SigningAlgorithm) : undefined,
    contentType: headers['cty'],
    critical: headers['crit'],
    get,
    time: (name) => toTime(name, get(name)),
  })
}

function toTime(name: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined
  const pattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/
  const time = new Date(typeof value === 'string' && pattern.test(value) ? value : Number.NaN)
  if (Number.isNaN(time.getTime())) throw refused(`the signature's header ${name} is no time`)
  return time
}

function text(envelope: JsonObject, name: string): string {
  const value = envelope[name]
  if (typeof value !== 'string' || value === '') throw refused(`the signature envelope has no ${name}`)
  return value
}

function fromBase64Url(value: string | undefined): Buffer {
  if (value === undefined || !/^[A-Za-z0-9_-]+$/.test(value))
    throw refused('the signature envelope is not in base64url')
  return Buffer.from(value, 'base64url')
}

function fromBase64(value: unknown): Buffer {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    throw refused('the signature envelope is not in base64')
  return Buffer.from(value, 'base64')
}
