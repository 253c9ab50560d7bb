// SPDX-License-Identifier: Apache-2.0
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

const algorithms: ReadonlyMap<string, number> = new Map([
  ['sha1', 20],
  ['sha256', 32],
  ['sha512', 64],
])

/** Whether two texts are the same, in a time that does not depend on where they differ. */
export function isSame(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** What is wrong with a signature `algorithm=hex` of the body (sha1, sha256 or sha512); undefined: it is right. */
export function signatureProblem(signature: string | undefined, body: Buffer, token: string): string | undefined {
  if (signature === undefined || signature === '') return 'missing signature'
  const equals = signature.indexOf('=')
  const [algorithm, hex] = [signature.slice(0, equals), signature.slice(equals + 1)]
  const size = equals === -1 ? undefined : algorithms.get(algorithm)
  if (size === undefined) return 'unknown hash type prefix: want sha1, sha256 or sha512'
  if (!/^[0-9a-f]*$/i.test(hex) || hex.length !== size * 2) return 'the signature has the wrong form'
  const expected = createHmac(algorithm, token).update(body).digest()
  return timingSafeEqual(Buffer.from(hex, 'hex'), expected) ? undefined : 'payload signature check failed'
}
