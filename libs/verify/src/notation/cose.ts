// SPDX-License-Identifier: Apache-2.0
import { decode, encode, Tagged, type DecodeOptions } from 'cborg'
import { checkHeaders, headerNames, refused, type ProtectedHeaders, type SignedEnvelope } from './envelope.ts'
import { algorithmOf, isSignedWith, type SigningAlgorithm } from './signing-algorithm.ts'
import { parseSigningCertificate } from './signing-certificate.ts'

const labels = { algorithm: 1, critical: 2, contentType: 3, certificates: 33 }
const algorithms: ReadonlyMap<unknown, SigningAlgorithm> = new Map([
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
])
const [sign1, epochTime] = [18, 1]
const maxCertificates = 10
const options: DecodeOptions = {
  useMaps: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  tags: Tagged.preserve(sign1, epochTime),
}

/**
 * Reads a signature in the COSE form of the Notary Project (`COSE_Sign1`, tagged) and checks that the key of its first
 * certificate made it. The certificate alone decides on the algorithm; the header must agree. Throws `Unverified`.
 */
export function verifyCose(bytes: Uint8Array): SignedEnvelope {
  const message = read(bytes)
  const parts: unknown = message instanceof Tagged && message.tag === sign1 ? message.value : undefined
  if (!Array.isArray(parts) || parts.length !== 4) throw refused('the signature envelope is no COSE signature')
  const [protectedBytes, unprotected, payload, signature] = parts as unknown[]
  if (!isBytes(protectedBytes) || !(unprotected instanceof Map) || !isBytes(payload) || !isBytes(signature)) {
    throw refused('the signature envelope is no COSE signature')
  }
  const headers = readHeaders(protectedBytes)
  const certificates = readChain(unprotected.get(labels.certificates)).map(parseSigningCertificate)
  const key = certificates[0]?.publicKey
  if (key === undefined || algorithmOf(key) !== headers.algorithm)
    throw refused("the signature's algorithm is not that of the signer's key")
  const data = encode(['Signature1', protectedBytes, new Uint8Array(), payload])
  if (!isSignedWith(key, headers.algorithm, { data, signature }, 'digest')) throw refused('the signature does not hold')
  const timestamp: unknown = unprotected.get(headerNames.timestamp)
  return { ...headers, payload, signature, certificates, timestamp: isBytes(timestamp) ? timestamp : undefined }
}

function read(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, options)
  } catch (cause) {
    throw refused('the signature envelope is not CBOR', cause)
  }
}

function readHeaders(bytes: Uint8Array): ProtectedHeaders {
  const headers = read(bytes)
  if (!(headers instanceof Map)) throw refused("the signature's header is no map")
  const get = (name: string): unknown => headers.get(name) as unknown
  return checkHeaders({
    algorithm: algorithms.get(headers.get(labels.algorithm)),
    contentType: headers.get(labels.contentType),
    critical: headers.get(labels.critical),
    get,
    time: (name) => toTime(name, get(name)),
  })
}

function toTime(name: string, value: unknown): Date | undefined {
  if (value === undefined) return undefined
  const seconds: unknown = value instanceof Tagged && value.tag === epochTime ? value.value : undefined
  const time = new Date(typeof seconds === 'number' ? seconds * 1000 : Number.NaN)
  if (Number.isNaN(time.getTime())) throw refused(`the signature's header ${name} is no time`)
  return time
}

function readChain(chain: unknown): readonly Uint8Array[] {
  const certificates: readonly unknown[] = Array.isArray(chain) ? chain : []
  if (certificates.length === 0 || certificates.length > maxCertificates || !certificates.every(isBytes)) {
    throw refused(`the signature must carry 1 to ${maxCertificates} certificates`)
  }
  return certificates
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array
}
