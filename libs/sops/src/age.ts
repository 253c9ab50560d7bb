// SPDX-License-Identifier: Apache-2.0
import { SopsError } from './errors.ts'
import type { KeyService } from './key-service.ts'
import type { AgeKey } from './master-key.ts'

/** An age identity that was read. */
export interface AgeIdentity {
  /** `AGE-SECRET-KEY-1…`, or `AGE-SECRET-KEY-PQ-1…` of the post-quantum hybrid. */
  readonly secret: string
  /** The recipient that belongs to it. */
  readonly recipient: string
}

/**
 * Reads a key file as SOPS does: an identity a line, empty lines and those that start with `#` left out. Throws `IdentityInvalid` with
 * the number of the line; plugin identities and SSH keys are none.
 */
export async function readAgeIdentities(text: string): Promise<readonly AgeIdentity[]> {
  const identities: AgeIdentity[] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line === '' || line.startsWith('#')) continue
    identities.push(await readIdentity(line, index + 1))
  }
  return identities
}

async function readIdentity(line: string, number: number): Promise<AgeIdentity> {
  if (line.startsWith('AGE-PLUGIN-'))
    throw new SopsError('IdentityInvalid', `line ${number} is an identity of an age plugin, which cannot be used here`)
  if (!line.startsWith('AGE-SECRET-KEY-'))
    throw new SopsError('IdentityInvalid', `line ${number} is no age identity: it does not start with AGE-SECRET-KEY-`)
  // loaded when there is a key
  const { identityToRecipient } = await import('age-encryption')
  try {
    return { secret: line, recipient: await identityToRecipient(line) }
  } catch {
    // the library's error may quote the key
    throw new SopsError('IdentityInvalid', `line ${number} is no valid age identity`)
  }
}

/** Opens what was encrypted for any of the identities. */
export function createAgeService(identities: readonly AgeIdentity[]): KeyService<AgeKey> {
  return {
    decrypt: async ({ recipient, enc }, signal) => {
      if (identities.length === 0) throw new Error('there is no age identity')
      signal.throwIfAborted()
      const { armor, Decrypter } = await import('age-encryption')
      const decrypter = new Decrypter()
      for (const { secret } of identities) decrypter.addIdentity(secret)
      try {
        return await decrypter.decrypt(armor.decode(enc))
      } catch {
        if (identities.some((identity) => identity.recipient === recipient))
          throw new Error('its data key cannot be decrypted with the identity of this recipient: it was altered')
        throw new Error(`none of the ${identities.length} age identities is of this recipient (${nameAll(identities)})`)
      }
    },
  }
}

function nameAll(identities: readonly AgeIdentity[]): string {
  const named = identities.slice(0, 5).map(({ recipient }) => shorten(recipient))
  return [...named, ...(identities.length > named.length ? ['…'] : [])].join(', ')
}

/** Those of the hybrid have about 2000 characters. */
function shorten(recipient: string): string {
  return recipient.length > 80 ? `${recipient.slice(0, 40)}…` : recipient
}
