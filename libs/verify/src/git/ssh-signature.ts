// SPDX-License-Identifier: Apache-2.0
import { VerifyError } from '../errors.ts'
import { parseSshKey } from './ssh-key.ts'
import type { SshPublicKey } from './ssh-key.ts'
import { WireReader } from './wire-reader.ts'

/** An SSH signature of data (OpenSSH's PROTOCOL.sshsig), read and not verified yet. */
export interface SshSignature {
  readonly publicKey: SshPublicKey
  readonly namespace: string
  /** Signed with the rest, and otherwise without meaning. */
  readonly reserved: Buffer
  /** Over the data; `sha256` or `sha512`. */
  readonly hashAlgorithm: string
  /** How the key signed: `ssh-ed25519`, `rsa-sha2-512`. */
  readonly format: string
  readonly signature: Buffer
  /** Of a key in a security token: flags and counter, which it signs, too. */
  readonly token: Buffer
}

const begin = '-----BEGIN SSH SIGNATURE-----'
const end = '-----END SSH SIGNATURE-----'
/** Of an RSA key of 16,384 bits it takes 6 KiB. */
const maxArmorLength = 64 * 1024

/** Reads an armored signature. Throws VerifyError for anything else, also beside it. */
export function parseSshSignature(armored: string): SshSignature {
  try {
    return readBlob(new WireReader(unarmor(armored)))
  } catch (cause) {
    throw new VerifyError('Unverified', 'unable to unarmor SSH signature', { cause })
  }
}

function unarmor(armored: string): Buffer {
  const text = armored.trim()
  if (text.length > maxArmorLength)
    throw new VerifyError('Unverified', `it is longer than ${maxArmorLength} characters`)
  if (!text.startsWith(begin) || !text.endsWith(end)) throw new VerifyError('Unverified', 'it is not armored')
  const base64 = text.slice(begin.length, -end.length).replace(/[\r\n\t ]/g, '')
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new VerifyError('Unverified', 'it is not base64')
  return Buffer.from(base64, 'base64')
}

function readBlob(reader: WireReader): SshSignature {
  if (reader.bytes(6).toString('latin1') !== 'SSHSIG') throw new VerifyError('Unverified', 'it is no SSHSIG')
  const version = reader.uint32()
  if (version !== 1) throw new VerifyError('Unverified', `it has the unknown version ${version}`)
  const publicKey = parseSshKey(reader.string())
  const namespace = reader.text()
  const reserved = reader.string()
  const hashAlgorithm = reader.text()
  const inner = new WireReader(reader.string())
  reader.end()
  const format = inner.text()
  const signature = inner.string()
  return { publicKey, namespace, reserved, hashAlgorithm, format, signature, token: inner.rest() }
}
