// SPDX-License-Identifier: Apache-2.0
import {
  AuthError,
  awsCredentialsOf,
  azureLoginTokens,
  azureTokensOf,
  decryptWithAwsKms,
  decryptWithGcpKms,
  decryptWithKeyVault,
  decryptWithVault,
  fixedVaultToken,
  gcpKeyTokens,
  gcpTokensOf,
  parseVaultInstances,
  vaultLogin,
} from '@tidelock/auth'
import type { AuthDeps, Identity, VaultSource } from '@tidelock/auth'
import type { ObjectKey } from '@tidelock/api'
import { createAgeService, createPgpService } from '@tidelock/sops'
import type { AwsKmsKey, AzureKeyVaultKey, GcpKmsKey, KeyService, KeyServices, VaultKey } from '@tidelock/sops'
import type { TokenOperation } from '../../credentials/token-cache-metrics.ts'
import type { DecryptionKeys } from './key-secret.ts'

/** Where credentials that no key Secret holds come from. */
export interface AmbientCredentials {
  readonly auth: AuthDeps
  /** Of the object's or the default ServiceAccount, else of the controller. Asked when needed, once. */
  readonly identity: () => Promise<Identity>
  /** The text `config.yaml` of the list of Vault servers; undefined where there is no such list. */
  readonly vaultConfig?: () => Promise<string>
  /** Whether objects do without the controller's own rights. */
  readonly accountsOnly?: boolean
  /** On whose behalf tokens are asked for; for the metrics of their cache. */
  readonly object: ObjectKey
}

/** All key services: static credentials of the key Secret win over workload identity. */
export function toKeyServices(keys: DecryptionKeys, ambient: AmbientCredentials): KeyServices {
  return {
    age: keys.age.length > 0 ? createAgeService(keys.age) : without('age identity', '.agekey'),
    pgp: keys.pgp.length > 0 ? createPgpService(keys.pgp) : without('OpenPGP private key', '.asc'),
    hc_vault: vaultService(keys, ambient),
    kms: awsService(keys, ambient),
    gcp_kms: gcpService(keys, ambient),
    azure_kv: azureService(keys, ambient),
  }
}

function without(key: string, end: string): KeyService<never> {
  const cure = `put one into the Secret of spec.decryption.secretRef, under a name that ends in ${end}`
  return { decrypt: () => Promise.reject(new Error(`there is no ${key}: ${cure}`)) }
}

function authFor(operation: TokenOperation, { auth, object }: AmbientCredentials): AuthDeps {
  return { ...auth, user: { kind: 'Kustomization', ...object, operation } }
}

function vaultService(keys: DecryptionKeys, ambient: AmbientCredentials): KeyService<VaultKey> {
  const auth = authFor('decrypt_with_vault', ambient)
  return {
    decrypt: async (key, signal) => decryptWithVault(key, await vaultSource(keys, ambient, auth), auth, signal),
  }
}

async function vaultSource(
  { vaultToken = '' }: DecryptionKeys,
  { identity, vaultConfig, accountsOnly = false }: AmbientCredentials,
  auth: AuthDeps,
): Promise<VaultSource> {
  if (vaultToken !== '') return fixedVaultToken(vaultToken)
  if (vaultConfig === undefined) return fixedVaultToken(ownVaultToken(auth, accountsOnly))
  return vaultLogin(await identity(), async () => parseVaultInstances(await vaultConfig()), auth)
}

/** The address of the server stands in the encrypted file, so who writes that would be sent the token. */
function ownVaultToken({ env }: AuthDeps, accountsOnly: boolean): string {
  const { VAULT_TOKEN: token = '', SOPS_HC_VAULT_ALLOWLIST: servers = '' } = env
  if (token === '' || !accountsOnly || (servers !== '' && servers !== 'all')) return token
  throw new AuthError(
    'CredentialsMissing',
    'with --default-decryption-service-account VAULT_TOKEN is sent to no server that is not listed in SOPS_HC_VAULT_ALLOWLIST: put a token into the key Secret (sops.vault-token)',
  )
}

function awsService({ aws }: DecryptionKeys, ambient: AmbientCredentials): KeyService<AwsKmsKey> {
  const auth = authFor('decrypt_with_aws', ambient)
  return {
    decrypt: async (key, signal) => {
      const source = aws === undefined ? awsCredentialsOf(await ambient.identity(), auth) : async () => aws
      return decryptWithAwsKms(key, source, auth, signal)
    },
  }
}

function gcpService({ gcp }: DecryptionKeys, ambient: AmbientCredentials): KeyService<GcpKmsKey> {
  const auth = authFor('decrypt_with_gcp', ambient)
  return {
    decrypt: async (key, signal) => {
      const source = gcp === undefined ? gcpTokensOf(await ambient.identity(), auth) : gcpKeyTokens(gcp, auth)
      return decryptWithGcpKms(key, source, auth, signal)
    },
  }
}

function azureService({ azure }: DecryptionKeys, ambient: AmbientCredentials): KeyService<AzureKeyVaultKey> {
  const auth = authFor('decrypt_with_azure', ambient)
  return {
    decrypt: async (key, signal) => {
      const source = azure === undefined ? azureTokensOf(await ambient.identity(), auth) : azureLoginTokens(azure, auth)
      return decryptWithKeyVault(key, source, auth, signal)
    },
  }
}
