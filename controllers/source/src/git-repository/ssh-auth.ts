// SPDX-License-Identifier: Apache-2.0
import { hasCode } from '@tidelock/errors'
import type { GitSsh, SshIdentity } from '@tidelock/git'
import type { SecretData } from '@tidelock/kube'
import { GitAuthError } from './auth.ts'
import type { SshIdentities } from './identities.ts'

/** The flags of the controller about SSH. */
export type SshAlgorithms = Pick<GitSsh, 'kexAlgorithms' | 'hostKeyAlgorithms'>

/**
 * Reads what SSH needs by Flux's rules: `identity` and `known_hosts`, and `password` for the key's passphrase. `secretName` is undefined
 * when the object names no Secret. Throws GitAuthError.
 */
export function readSshAccess(
  secret: SecretData,
  secretName: string | undefined,
  { identities, algorithms }: { readonly identities: SshIdentities; readonly algorithms: SshAlgorithms },
): GitSsh {
  const [pem, knownHosts, passphrase] = ['identity', 'known_hosts', 'password'].map(
    (key) => secret.get(key)?.toString('utf8') ?? '',
  ) as [string, string, string]
  for (const [key, value] of [
    ['identity', pem],
    ['known_hosts', knownHosts],
  ] as const) {
    if (value === '') throw missing(key, secretName)
  }
  return { identity: readIdentity(pem, passphrase, secretName ?? '', identities), knownHosts, ...algorithms }
}

function missing(key: string, secretName: string | undefined): GitAuthError {
  const cure =
    secretName === undefined
      ? "name a secret with 'identity' and 'known_hosts' in spec.secretRef"
      : `set the key '${key}' in secret '${secretName}'`
  return new GitAuthError(
    'AuthenticationFailed',
    `failed to configure authentication options: invalid 'ssh' auth option: '${key}' is required: ${cure}`,
  )
}

function readIdentity(pem: string, passphrase: string, secretName: string, identities: SshIdentities): SshIdentity {
  try {
    return identities.parse(pem, passphrase)
  } catch (cause) {
    if (hasCode(cause, 'PassphraseMissing')) {
      throw new GitAuthError(
        'AuthenticationFailed',
        `SSH identity key is encrypted but no 'password' field was provided in the secret '${secretName}'`,
      )
    }
    throw new GitAuthError(
      'GitOperationFailed',
      `failed to checkout and determine revision: key 'identity' of secret '${secretName}'`,
      { cause },
    )
  }
}
