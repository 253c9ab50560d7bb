// SPDX-License-Identifier: Apache-2.0
import { createHash, verify } from 'node:crypto'
import { errorMessage } from '@tidelock/errors'
import { VerifyError } from '../errors.ts'
import { parseAuthorizedKeys } from './authorized-keys.ts'
import { sshFingerprint } from './ssh-key.ts'
import type { SshPublicKey } from './ssh-key.ts'
import { parseSshSignature } from './ssh-signature.ts'
import type { SshSignature } from './ssh-signature.ts'
import { WireReader, wireString } from './wire-reader.ts'

const gitNamespace = 'git'
const hashes = ['sha256', 'sha512']
const rsaHashes: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' }

/**
 * Verifies an SSH signature of the namespace `git` with any of the keys and answers the key's fingerprint. Texts that are no
 * authorized_keys matter only when none of them is. Throws VerifyError.
 */
export function verifySsh(armored: string, payload: Uint8Array, authorizedKeys: readonly string[]): string {
  const signature = parseSshSignature(armored)
  const reasons = new Set<string>()
  let problem: VerifyError | undefined
  let readable = 0
  for (const text of authorizedKeys) {
    try {
      const keys = parseAuthorizedKeys(text)
      readable++
      for (const key of keys) {
        const reason = faultOf(signature, payload, key)
        if (reason === undefined) return sshFingerprint(key)
        reasons.add(reason)
      }
    } catch (cause) {
      problem ??= new VerifyError('InvalidKey', 'unable to parse authorized keys', { cause })
    }
  }
  if (readable === 0 && problem !== undefined) throw problem
  const why = ['no matching key', ...reasons].join('\n')
  throw new VerifyError('Unverified', `unable to verify payload with any of the given authorized keys: ${why}`)
}

/** Why the key did not make the signature; undefined when it did. */
function faultOf(signature: SshSignature, payload: Uint8Array, key: SshPublicKey): string | undefined {
  if (!key.blob.equals(signature.publicKey.blob)) return 'public key does not match'
  if (signature.namespace !== gitNamespace) return 'namespace does not match'
  if (!hashes.includes(signature.hashAlgorithm)) {
    return `unsupported hash algorithm ${JSON.stringify(signature.hashAlgorithm.slice(0, 32))}: must be "sha256" or "sha512"`
  }
  try {
    return isMadeBy(key, signature, signedData(signature, payload)) ? undefined : 'ssh: signature did not verify'
  } catch (error) {
    return errorMessage(error)
  }
}

function signedData({ namespace, reserved, hashAlgorithm }: SshSignature, payload: Uint8Array): Buffer {
  const digest = createHash(hashAlgorithm).update(payload).digest()
  const parts = [wireString(namespace), wireString(reserved), wireString(hashAlgorithm), wireString(digest)]
  return Buffer.concat([Buffer.from('SSHSIG'), ...parts])
}

function isMadeBy(key: SshPublicKey, signature: SshSignature, data: Buffer): boolean {
  const { scheme, application } = key
  const signed = application === undefined ? data : tokenData(application, signature, data)
  if (application === undefined && signature.token.length > 0) return false
  if (scheme.kind === 'rsa') {
    const hash = rsaHashes[signature.format]
    if (hash === undefined) throw new VerifyError('Unverified', `ssh: ${formatOf(signature)} is not for an RSA key`)
    return verify(hash, signed, key.key, signature.signature)
  }
  if (signature.format !== key.type)
    throw new VerifyError('Unverified', `ssh: ${formatOf(signature)} is not for a key of ${key.type}`)
  if (scheme.kind === 'ed25519') return verify(null, signed, key.key, signature.signature)
  const raw = rawEcdsa(signature.signature, scheme.coordinateBytes)
  return verify(scheme.hash, signed, { key: key.key, dsaEncoding: 'ieee-p1363' }, raw)
}

function formatOf({ format }: SshSignature): string {
  return `signature format ${JSON.stringify(format.slice(0, 64))}`
}

/** What a security token signs: for whom, that somebody was there, a counter, and the data (PROTOCOL.u2f). */
function tokenData(application: Buffer, { token }: SshSignature, data: Buffer): Buffer {
  const reader = new WireReader(token)
  const flagsAndCounter = reader.bytes(5)
  reader.end()
  const sha256 = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest()
  return Buffer.concat([sha256(application), flagsAndCounter, sha256(data)])
}

/** SSH writes the two numbers with their lengths, Node wants them in fixed width. */
function rawEcdsa(signature: Buffer, bytes: number): Buffer {
  const reader = new WireReader(signature)
  const numbers = [reader.positiveInteger(), reader.positiveInteger()]
  reader.end()
  if (numbers.some((number) => number.length > bytes)) throw new VerifyError('Unverified', 'ssh: a number is too large')
  return Buffer.concat(numbers.flatMap((number) => [Buffer.alloc(bytes - number.length), number]))
}
