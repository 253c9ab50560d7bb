// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import ssh2 from 'ssh2'

/** A key pair for SSH. */
export interface SshKeyPair {
  /** In OpenSSH's format, or PEM for RSA and ECDSA. */
  readonly private: string
  /** `ssh-ed25519 AAAA…` */
  readonly public: string
}

/** Makes a key pair: `ssh-ed25519`, `ecdsa-sha2-nistp256` (384, 521) or `ssh-rsa`. */
export function makeSshKey(type: string = 'ssh-ed25519'): SshKeyPair {
  const text = makePrivateKey(type)
  const key = ssh2.utils.parseKey(text)
  if (key instanceof Error) throw key
  return { private: text, public: `${key.type} ${key.getPublicSSH().toString('base64')}` }
}

function makePrivateKey(type: string): string {
  if (type === 'ssh-ed25519') return ssh2.utils.generateKeyPairSync('ed25519').private
  if (type === 'ssh-rsa') {
    return generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { format: 'pem', type: 'pkcs1' },
      publicKeyEncoding: { format: 'pem', type: 'pkcs1' },
    }).privateKey
  }
  const namedCurve = { '256': 'P-256', '384': 'P-384', '521': 'P-521' }[type.slice(-3)]
  if (namedCurve === undefined) throw new RangeError(`no such type of key: ${type}`)
  return generateKeyPairSync('ec', {
    namedCurve,
    privateKeyEncoding: { format: 'pem', type: 'sec1' },
    publicKeyEncoding: { format: 'pem', type: 'spki' },
  }).privateKey
}
