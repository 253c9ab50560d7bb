// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { parseIdentity } from '@tidelock/git'
import type { SshIdentity } from '@tidelock/git'

const maxKept = 1000

/**
 * SSH keys that were read, the least recently used leaves first: decrypting one takes the process tenths of a second, which would
 * else be spent at each look at each repository.
 */
export class SshIdentities {
  /** By a digest of key and passphrase, the latest use last. */
  readonly #kept = new Map<string, SshIdentity>()

  /** As `parseIdentity`; what fails is not kept. */
  parse(pem: string, passphrase: string): SshIdentity {
    const id = createHash('sha256')
      .update(JSON.stringify([pem, passphrase]))
      .digest('base64')
    const identity = this.#kept.get(id) ?? parseIdentity(pem, passphrase)
    this.#kept.delete(id)
    this.#kept.set(id, identity)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > maxKept && oldest !== undefined) this.#kept.delete(oldest)
    return identity
  }
}
