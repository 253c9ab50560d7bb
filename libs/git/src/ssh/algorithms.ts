// SPDX-License-Identifier: Apache-2.0
import type { KexAlgorithm, ServerHostKeyAlgorithm } from 'ssh2'
import { GitError } from '../git-error.ts'
import { algorithmsOfType } from './host-key.ts'
import type { KnownHost } from './known-hosts.ts'

/** Key exchanges that can be had, the preferred first; those with SHA-1 only where they are asked for by name. */
const keyExchanges: readonly KexAlgorithm[] = [
  'curve25519-sha256',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
  'diffie-hellman-group-exchange-sha256',
  'diffie-hellman-group14-sha256',
  'diffie-hellman-group15-sha512',
  'diffie-hellman-group16-sha512',
  'diffie-hellman-group17-sha512',
  'diffie-hellman-group18-sha512',
]
const weakKeyExchanges: readonly KexAlgorithm[] = [
  'diffie-hellman-group-exchange-sha1',
  'diffie-hellman-group14-sha1',
  'diffie-hellman-group1-sha1',
]
const hostKeys: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
  'ssh-rsa',
]

/** What a connection offers, the preferred first. */
export interface OfferedAlgorithms {
  readonly kex: KexAlgorithm[]
  readonly serverHostKey: ServerHostKeyAlgorithm[]
}

/**
 * The algorithms to offer: those that were chosen, without those that cannot be had; else the safe ones, and for the host's key the
 * types that known_hosts has, as a host that also has others would show one that cannot be checked. Throws `InvalidAlgorithms`
 * when nothing is left.
 */
export function offeredAlgorithms(
  chosen: { readonly kexAlgorithms?: readonly string[]; readonly hostKeyAlgorithms?: readonly string[] },
  known: readonly KnownHost[],
): OfferedAlgorithms {
  const types = known.filter(({ marker }) => marker === 'none').flatMap(({ type }) => algorithmsOfType(type))
  const checkable = hostKeys.filter((name) => types.includes(name))
  return {
    kex: choose('key exchange', chosen.kexAlgorithms, [...keyExchanges, ...weakKeyExchanges]) ?? [...keyExchanges],
    serverHostKey:
      choose('host key', chosen.hostKeyAlgorithms, hostKeys) ?? (checkable.length > 0 ? checkable : [...hostKeys]),
  }
}

function choose<A extends string>(
  what: string,
  chosen: readonly string[] | undefined,
  supported: readonly A[],
): A[] | undefined {
  if (chosen === undefined || chosen.length === 0) return undefined
  const left = chosen.flatMap((name) => supported.filter((each) => each === name))
  if (left.length > 0) return left
  throw new GitError(
    'InvalidAlgorithms',
    `ssh: none of the ${what} algorithms ${chosen.join(', ')} can be had: choose of ${supported.join(', ')}`,
  )
}
