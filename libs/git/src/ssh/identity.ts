// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { ParsedKey } from 'ssh2'
import { GitError } from '../git-error.ts'
import { fingerprint } from './host-key.ts'
import { checkRsaSize, readEncryptedPkcs8 } from './key-cost.ts'
import { loadSsh2 } from './ssh2.ts'

/** A private key that is ready for use; secret. */
export interface SshIdentity {
  readonly key: ParsedKey
  /** `ssh-ed25519 SHA256:…`: fit for a message. */
  readonly name: string
}

const types = ['ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521']
const maxBytes = 64 * 1024
/** ssh-keygen's default is 24; each takes some 15 ms of the process, and who writes the key chooses. */
const maxRounds = 256

/**
 * Reads a private key: Ed25519, ECDSA or RSA, in OpenSSH's format, PEM (PKCS#1, SEC1) or PKCS#8, with a passphrase where it is
 * encrypted. A key encrypted in OpenSSH's format takes the process some tenths of a second. Throws `PassphraseMissing`
 * or `IdentityInvalid`, without any part of the key.
 */
export function parseIdentity(text: string, passphrase: string = ''): SshIdentity {
  const pem = text.trim()
  if (pem.length > maxBytes) throw invalid(`it is larger than ${maxBytes} bytes`)
  const key = pem.includes('-----BEGIN OPENSSH PRIVATE KEY-----')
    ? parseOpenSsh(pem, passphrase)
    : parsePem(pem, passphrase)
  if (!key.isPrivateKey()) throw invalid('it is a public key: the private key is wanted')
  if (!types.includes(key.type)) throw invalid(`keys of type ${key.type} are not supported: use Ed25519, ECDSA or RSA`)
  if (key.type === 'ssh-rsa') bounded(() => checkRsaSize(createPrivateKey(key.getPrivatePEM())))
  return { key, name: `${key.type} ${fingerprint(key.getPublicSSH())}` }
}

function parseOpenSsh(pem: string, passphrase: string): ParsedKey {
  const { encrypted, rounds } = readOpenSshHeader(pem)
  if (encrypted && passphrase === '') throw passphraseMissing()
  if (rounds > maxRounds) {
    throw invalid(
      `its passphrase is hardened by ${rounds} rounds, the limit is ${maxRounds}: change it by ssh-keygen -p -a 24`,
    )
  }
  return parseBySsh2(pem, passphrase)
}

/** How the key is encrypted: bounds are checked before the work is done. */
function readOpenSshHeader(pem: string): { encrypted: boolean; rounds: number } {
  const [, body = ''] = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END OPENSSH PRIVATE KEY-----/.exec(pem) ?? []
  const data = Buffer.from(body, 'base64')
  let at = 'openssh-key-v1\0'.length
  const next = (): Buffer => {
    const start = at + 4
    if (data.length < start || data.length < start + data.readUInt32BE(at)) throw invalid('it is cut short')
    at = start + data.readUInt32BE(start - 4)
    return data.subarray(start, at)
  }
  const [cipher, , options] = [next(), next(), next()]
  const encrypted = cipher.toString('latin1') !== 'none'
  return { encrypted, rounds: options.length >= 4 ? options.readUInt32BE(options.length - 4) : 0 }
}

function parsePem(pem: string, passphrase: string): ParsedKey {
  if (!/-----BEGIN (RSA |EC |ENCRYPTED )?PRIVATE KEY-----/.test(pem)) {
    throw invalid('it is no private key in OpenSSH, PEM or PKCS#8 format')
  }
  const encrypted = /^Proc-Type: 4,ENCRYPTED/m.test(pem) || pem.includes('BEGIN ENCRYPTED PRIVATE KEY')
  if (encrypted && passphrase === '') throw passphraseMissing()
  const pkcs8 = pem.includes('BEGIN ENCRYPTED PRIVATE KEY') ? bounded(() => readEncryptedPkcs8(pem)) : undefined
  let key: KeyObject
  try {
    // what was looked at, and not another block of the same text
    key =
      pkcs8 === undefined
        ? createPrivateKey({ key: pem, ...(encrypted ? { passphrase } : {}) })
        : createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8', passphrase })
  } catch {
    // the words of OpenSSL are of no help
    throw invalid(encrypted ? 'the passphrase is wrong, or the key is damaged' : 'it cannot be read')
  }
  return parseBySsh2(toSsh2(key), '')
}

function bounded<V>(read: () => V): V {
  try {
    return read()
  } catch (cause) {
    throw invalid((cause as Error).message)
  }
}

/** ssh2 reads neither PKCS#8 nor all ciphers of encrypted PEM. */
function toSsh2(key: KeyObject): string {
  const type = key.asymmetricKeyType
  if (type === 'rsa') return key.export({ format: 'pem', type: 'pkcs1' })
  if (type === 'ec') return key.export({ format: 'pem', type: 'sec1' })
  if (type === 'ed25519') return openSshEd25519(key)
  throw invalid(`keys of type ${type} are not supported: use Ed25519, ECDSA or RSA`)
}

/** OpenSSH's own format (PROTOCOL.key), unencrypted. */
function openSshEd25519(key: KeyObject): string {
  const { d = '', x = '' } = key.export({ format: 'jwk' })
  const [seed, point] = [Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]
  const type = counted('ssh-ed25519')
  const check = Buffer.alloc(8)
  const inner = Buffer.concat([check, type, counted(point), counted(Buffer.concat([seed, point])), counted('')])
  const padding = Buffer.from(Array.from({ length: (8 - (inner.length % 8)) % 8 }, (_, i) => i + 1))
  const head = [
    Buffer.from('openssh-key-v1\0'),
    counted('none'),
    counted('none'),
    counted(''),
    Buffer.from([0, 0, 0, 1]),
  ]
  const publicKey = counted(Buffer.concat([type, counted(point)]))
  const body = Buffer.concat([...head, publicKey, counted(Buffer.concat([inner, padding]))]).toString('base64')
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----`
}

function counted(content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function parseBySsh2(pem: string, passphrase: string): ParsedKey {
  const parsed = tryParse(pem, passphrase)
  // its words are of no help
  if (parsed === undefined) {
    throw invalid(passphrase === '' ? 'it cannot be read' : 'the passphrase is wrong, or the key is damaged')
  }
  return parsed
}

function tryParse(pem: string, passphrase: string): ParsedKey | undefined {
  try {
    const parsed = loadSsh2().utils.parseKey(pem, passphrase === '' ? undefined : passphrase)
    // an error of node:crypto that it passes on need not be an Error of this realm
    return 'isPrivateKey' in parsed ? parsed : undefined
  } catch {
    return undefined
  }
}

function passphraseMissing(): GitError {
  return new GitError('PassphraseMissing', 'the SSH private key is encrypted and no passphrase was given')
}

function invalid(why: string): GitError {
  return new GitError('IdentityInvalid', `the SSH private key cannot be used: ${why}`)
}
