// SPDX-License-Identifier: Apache-2.0
import type { KeyObject } from 'node:crypto'

/** What a key of 1,000,000 iterations costs: about a second of the process. OpenSSL writes 2,048, its scrypt 131,072 steps. */
const maxSteps = 1_000_000
const maxRsaBits = 8192
/** 1.3.6.1.4.1.11591.4.11 */
const scrypt = Buffer.from('2b06010401da47040b', 'hex')
const tags = { integer: 2, oid: 6, sequence: 0x30 } as const

interface Element {
  readonly tag: number
  readonly content: Buffer
  readonly after: Buffer
}

/**
 * The DER of an encrypted PKCS#8 key. Who writes the key chooses how much work its passphrase is, and OpenSSL does it on the thread that asks:
 * a key that asks for too much is refused before. Throws Error, for the message, without any part of the key.
 */
export function readEncryptedPkcs8(pem: string): Buffer {
  const [, body] =
    /-----BEGIN ENCRYPTED PRIVATE KEY-----([A-Za-z0-9+/=\s]*)-----END ENCRYPTED PRIVATE KEY-----/.exec(pem) ?? []
  const der = Buffer.from(body ?? '', 'base64')
  const algorithm = readElement(readElement(der).content)
  const [oids, integers] = [[] as Buffer[], [] as Buffer[]]
  collect(algorithm, { oids, integers })
  const numbers = integers.map((bytes) => Number(BigInt(`0x${bytes.toString('hex') || '0'}`)))
  const steps = oids.some((oid) => oid.equals(scrypt))
    ? numbers.slice(0, 3).reduce((product, factor) => product * factor, 1)
    : Math.max(0, ...numbers)
  if (steps > maxSteps) {
    throw new Error(
      `its passphrase is hardened by ${steps} steps, the limit is ${maxSteps}: change it by openssl pkcs8 -topk8`,
    )
  }
  return der
}

/** Throws Error when the numbers of an RSA key are so long that a signature takes seconds of the process. */
export function checkRsaSize(key: KeyObject): void {
  const { n = '', d = '', p = '', q = '' } = key.export({ format: 'jwk' })
  const bits = 8 * Math.max(...[n, d, p, q].map((part) => Buffer.byteLength(part, 'base64url')))
  if (bits > maxRsaBits) throw new Error(`its RSA numbers have ${bits} bits, the limit is ${maxRsaBits}`)
}

function collect({ tag, content }: Element, found: { oids: Buffer[]; integers: Buffer[] }): void {
  if (tag === tags.integer) found.integers.push(content)
  if (tag === tags.oid) found.oids.push(content)
  if (tag !== tags.sequence) return
  for (let rest = content; rest.length > 0;) {
    const element = readElement(rest)
    collect(element, found)
    rest = element.after
  }
}

/** One element with a definite length, which is all that DER has. */
function readElement(bytes: Buffer): Element {
  const [tag, first] = [bytes[0], bytes[1]]
  if (tag === undefined || first === undefined || first === 0x80 || first > 0x84) throw new Error('it is cut short')
  const start = first < 0x80 ? 2 : 2 + (first & 0x7f)
  if (bytes.length < start) throw new Error('it is cut short')
  const length = first < 0x80 ? first : bytes.readUIntBE(2, first & 0x7f)
  if (bytes.length < start + length) throw new Error('it is cut short')
  return { tag, content: bytes.subarray(start, start + length), after: bytes.subarray(start + length) }
}
