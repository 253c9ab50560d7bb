// SPDX-License-Identifier: Apache-2.0
import type { Key, Signature } from 'openpgp'
import type * as openPgp from 'openpgp'
import { errorMessage } from '@tidelock/errors'
import { VerifyError } from '../errors.ts'

type OpenPgp = typeof openPgp

const blockBegin = '-----BEGIN PGP PUBLIC KEY BLOCK-----'
const blockEnd = '-----END PGP PUBLIC KEY BLOCK-----'
/** A signature takes a few hundred bytes. */
const maxSignatureBytes = 64 * 1024
const maxNumberBytes = 1024

/**
 * Verifies a detached signature and answers the id of the primary key. A key must be able to sign, and be neither expired nor
 * revoked, both when it signed and now (GnuPG and Flux look at now alone). Weak algorithms are refused: MD5, SHA-1 and RIPEMD
 * over the payload, DSA and ElGamal, RSA below 2047 bits. Throws VerifyError.
 */
export async function verifyOpenPgp(
  signature: string,
  payload: Uint8Array,
  keyRings: readonly string[],
  now: Date,
): Promise<string> {
  // large to load, and most processes never see a signature
  const openpgp = await import('openpgp')
  const parsed = await readSignature(openpgp, signature)
  const { keys, problem } = await readKeyRings(openpgp, keyRings)
  if (keys.length === 0 && problem !== undefined) throw problem
  const message = await openpgp.createMessage({ binary: payload })
  const { signatures } = await openpgp.verify({ message, signature: parsed, verificationKeys: [...keys], date: now })
  let why = 'no matching key'
  for (const { verified, keyID } of signatures) {
    const signer = keys.find((key) => key.getKeys(keyID).length > 0)
    if (signer === undefined) {
      await verified.catch(() => undefined)
      continue
    }
    try {
      await verified
      await signer.getSigningKey(keyID, now)
      return signer.getKeyID().toHex().toUpperCase()
    } catch (error) {
      why = `no matching key: key ${keyID.toHex().toUpperCase()}: ${errorMessage(error)}`
    }
  }
  throw new VerifyError('Unverified', `unable to verify payload with any of the given key rings: ${why}`)
}

async function readSignature(openpgp: OpenPgp, text: string): Promise<Signature> {
  if (text.length > maxSignatureBytes)
    throw new VerifyError('Unverified', `the signature is longer than ${maxSignatureBytes} bytes`)
  try {
    return await openpgp.readSignature({ armoredSignature: text.trim() })
  } catch (cause) {
    throw new VerifyError('Unverified', 'unable to read armored signature', { cause })
  }
}

/** The keys of all rings that can be read, and what is wrong with the first that cannot. */
async function readKeyRings(
  openpgp: OpenPgp,
  keyRings: readonly string[],
): Promise<{ keys: readonly Key[]; problem: VerifyError | undefined }> {
  const keys: Key[] = []
  let problem: VerifyError | undefined
  for (const ring of keyRings) {
    try {
      const blocks = splitBlocks(ring)
      if (blocks.length === 0) throw new Error('no armored data found')
      for (const armoredKeys of blocks) {
        const read = await openpgp.readKeys({ armoredKeys })
        if (!read.every(isBearable)) throw new Error(`a key has numbers of more than ${8 * maxNumberBytes} bits`)
        keys.push(...read)
      }
    } catch (cause) {
      problem ??= new VerifyError('InvalidKey', 'unable to read armored key ring', { cause })
    }
  }
  return { keys, problem }
}

/** Who writes the key chooses its numbers, and with long ones a signature takes a minute of the thread that all share. */
function isBearable(key: Key): boolean {
  return key
    .getKeys()
    .every(({ keyPacket }) =>
      Object.values(keyPacket.publicParams ?? {}).every(
        (part) => !ArrayBuffer.isView(part) || part.byteLength <= maxNumberBytes,
      ),
    )
}

/** The armored blocks of a text: rings are often several exports, one after another. */
function splitBlocks(text: string): readonly string[] {
  const blocks: string[] = []
  for (let begin = text.indexOf(blockBegin); begin >= 0;) {
    const end = text.indexOf(blockEnd, begin)
    if (end < 0) break
    blocks.push(text.slice(begin, end + blockEnd.length))
    begin = text.indexOf(blockBegin, end)
  }
  return blocks
}
