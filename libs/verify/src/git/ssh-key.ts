// SPDX-License-Identifier: Apache-2.0
import { createHash, createPublicKey } from 'node:crypto'
import type { JsonWebKeyInput, KeyObject } from 'node:crypto'
import { VerifyError } from '../errors.ts'
import { WireReader } from './wire-reader.ts'

/** How a key signs. */
type SshScheme =
  | { readonly kind: 'ed25519' }
  | { readonly kind: 'rsa' }
  | { readonly kind: 'ecdsa'; readonly hash: string; readonly coordinateBytes: number }

/** A public key, read. */
export interface SshPublicKey {
  /** SSH's name for the algorithm: `ssh-ed25519`. */
  readonly type: string
  /** The wire form: equal keys have equal ones. */
  readonly blob: Buffer
  readonly key: KeyObject
  readonly scheme: SshScheme
  /** Of a key in a security token (`sk-…`): what it signs for, mostly `ssh:`. */
  readonly application?: Buffer
}

const curves: Readonly<Record<string, { crv: string; hash: string; bytes: number }>> = {
  nistp256: { crv: 'P-256', hash: 'sha256', bytes: 32 },
  nistp384: { crv: 'P-384', hash: 'sha384', bytes: 48 },
  nistp521: { crv: 'P-521', hash: 'sha512', bytes: 66 },
}

/** As OpenSSH's RequiredRSASize. */
const minRsaBits = 1024
const maxRsaBits = 16_384

/**
 * Reads a public key in wire form: Ed25519, ECDSA on the three NIST curves, RSA, and the first two in security tokens. Certificates and
 * DSA are refused. Throws `InvalidKey`, or `Unverified` where it is cut short.
 */
export function parseSshKey(blob: Buffer): SshPublicKey {
  const reader = new WireReader(blob)
  const type = reader.text()
  const read = readers[type]
  if (read === undefined)
    throw new VerifyError('InvalidKey', `ssh: unknown key algorithm: ${JSON.stringify(type.slice(0, 64))}`)
  const { jwk, scheme, application } = read(reader)
  reader.end()
  return { type, blob, key: toKeyObject(type, jwk), scheme, ...(application === undefined ? {} : { application }) }
}

type JsonWebKey = JsonWebKeyInput['key']

interface Parts {
  readonly jwk: JsonWebKey
  readonly scheme: SshScheme
  readonly application?: Buffer
}

const readers: Readonly<Record<string, (reader: WireReader) => Parts>> = {
  'ssh-ed25519': readEd25519,
  'ssh-rsa': readRsa,
  'ecdsa-sha2-nistp256': (reader) => readEcdsa(reader, 'nistp256'),
  'ecdsa-sha2-nistp384': (reader) => readEcdsa(reader, 'nistp384'),
  'ecdsa-sha2-nistp521': (reader) => readEcdsa(reader, 'nistp521'),
  'sk-ssh-ed25519@openssh.com': (reader) => ({ ...readEd25519(reader), application: reader.string() }),
  'sk-ecdsa-sha2-nistp256@openssh.com': (reader) => ({
    ...readEcdsa(reader, 'nistp256'),
    application: reader.string(),
  }),
}

function readEd25519(reader: WireReader): Parts {
  const point = reader.string()
  if (point.length !== 32) throw new VerifyError('InvalidKey', 'ssh: an Ed25519 key has 32 bytes')
  return { jwk: { kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') }, scheme: { kind: 'ed25519' } }
}

function readRsa(reader: WireReader): Parts {
  const e = reader.positiveInteger()
  const n = reader.positiveInteger()
  const bits = n.length * 8 - Math.clz32(n[0]!) + 24
  if (bits < minRsaBits || bits > maxRsaBits) {
    throw new VerifyError(
      'InvalidKey',
      `ssh: an RSA key of ${bits} bits: want at least ${minRsaBits}, at most ${maxRsaBits}`,
    )
  }
  const jwk = { kty: 'RSA', n: n.toString('base64url'), e: e.toString('base64url') }
  return { jwk, scheme: { kind: 'rsa' } }
}

function readEcdsa(reader: WireReader, curve: string): Parts {
  const { crv, hash, bytes } = curves[curve]!
  const named = reader.text()
  const point = reader.string()
  if (named !== curve || point[0] !== 4 || point.length !== 1 + 2 * bytes)
    throw new VerifyError('InvalidKey', `ssh: not a point of ${curve}`)
  const x = point.toString('base64url', 1, 1 + bytes)
  const y = point.toString('base64url', 1 + bytes)
  return { jwk: { kty: 'EC', crv, x, y }, scheme: { kind: 'ecdsa', hash, coordinateBytes: bytes } }
}

function toKeyObject(type: string, jwk: JsonWebKey): KeyObject {
  try {
    return createPublicKey({ key: jwk, format: 'jwk' })
  } catch (cause) {
    throw new VerifyError('InvalidKey', `ssh: not a key of ${type}`, { cause })
  }
}

/** The fingerprint as ssh-keygen shows it: `SHA256:<base64 without padding>`. */
export function sshFingerprint({ blob }: Pick<SshPublicKey, 'blob'>): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replaceAll('=', '')}`
}
