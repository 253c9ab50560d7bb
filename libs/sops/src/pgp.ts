// SPDX-License-Identifier: Apache-2.0
import type { PrivateKey } from 'openpgp'
import { SopsError } from './errors.ts'
import type { KeyService } from './key-service.ts'
import type { PgpKey } from './master-key.ts'

/** A private key that was read; the type hides the library behind it. */
export interface PgpIdentity {
  /** Of the primary key, upper case. */
  readonly fingerprint: string
  readonly isProtected: boolean
  readonly key: PrivateKey
}

const maxNumberBytes = 1024
const begin = '-----BEGIN PGP PRIVATE KEY BLOCK-----'
const end = '-----END PGP PRIVATE KEY BLOCK-----'

/**
 * Reads all armored private keys of a text; public ones among them are left out. Throws `IdentityInvalid` where there is no key or one
 * that cannot be read.
 */
export async function readPgpIdentities(text: string): Promise<readonly PgpIdentity[]> {
  const blocks = blocksOf(text)
  if (blocks.length === 0) {
    if (text.includes('-----BEGIN PGP PUBLIC KEY BLOCK-----')) return []
    throw new SopsError('IdentityInvalid', 'there is no armored OpenPGP private key')
  }
  const { readPrivateKeys } = await import('openpgp')
  const identities: PgpIdentity[] = []
  for (const armoredKeys of blocks) {
    const keys = await readPrivateKeys({ armoredKeys }).catch(() => {
      throw new SopsError('IdentityInvalid', 'an armored OpenPGP private key cannot be read')
    })
    if (!keys.every(isBearable))
      throw new SopsError(
        'IdentityInvalid',
        `an OpenPGP private key has numbers of more than ${8 * maxNumberBytes} bits`,
      )
    identities.push(
      ...keys.map((key) => ({ fingerprint: key.getFingerprint().toUpperCase(), isProtected: !key.isDecrypted(), key })),
    )
  }
  return identities
}

/** Who writes the key chooses its numbers, and with long ones to decrypt takes minutes of the thread that all share. */
function isBearable(key: PrivateKey): boolean {
  return key
    .getKeys()
    .flatMap(({ keyPacket }) => [keyPacket.publicParams, 'privateParams' in keyPacket ? keyPacket.privateParams : null])
    .flatMap((params) => Object.values(params ?? {}))
    .every((part) => !ArrayBuffer.isView(part) || part.byteLength <= maxNumberBytes)
}

function blocksOf(text: string): string[] {
  const blocks: string[] = []
  for (let from = text.indexOf(begin); from !== -1;) {
    const to = text.indexOf(end, from)
    if (to === -1) return blocks
    blocks.push(text.slice(from, to + end.length))
    from = text.indexOf(begin, to)
  }
  return blocks
}

/** Opens what was encrypted for any of the keys, as GnuPG does: by the key IDs in the message, not by the metadata's fingerprint. */
export function createPgpService(identities: readonly PgpIdentity[]): KeyService<PgpKey> {
  const usable = identities.filter(({ isProtected }) => !isProtected)
  return {
    decrypt: async ({ enc }, signal) => {
      if (identities.length === 0) throw new Error('there is no OpenPGP private key')
      if (usable.length === 0)
        throw new Error(`the OpenPGP private keys (${nameAll(identities)}) have a passphrase: export them without`)
      signal.throwIfAborted()
      const { decrypt, readMessage } = await import('openpgp')
      try {
        const message = await readMessage({ armoredMessage: enc })
        const decryptionKeys = usable.map(({ key }) => key)
        const { data } = await decrypt({ message, decryptionKeys, format: 'binary', config: lenient })
        return data
      } catch {
        throw new Error(`none of the ${usable.length} OpenPGP private keys opens it (${nameAll(usable)})`)
      }
    },
  }
}

/** GnuPG takes what it can open; a short key is for its owner to replace. */
const lenient = {
  minRSABits: 1024,
  allowInsecureDecryptionWithSigningKeys: true,
  // a data key has 32 bytes; a message that unpacks to gigabytes is none
  maxDecompressedMessageSize: 2 ** 20,
}

function nameAll(identities: readonly PgpIdentity[]): string {
  return identities.map(({ fingerprint }) => fingerprint).join(', ')
}
