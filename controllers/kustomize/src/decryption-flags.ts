// SPDX-License-Identifier: Apache-2.0
import { declareFlag, RuntimeError, textFlag, wordFlag } from '@tidelock/runtime'
import type { CommonOptions } from '@tidelock/runtime'
import type { Command } from 'commander'
import type { VerifyMac } from './kustomization/decryption/options.ts'

/** The flags about what is encrypted. */
export interface DecryptionFlags {
  /** Secret in RUNTIME_NAMESPACE with the age identities of objects that name no Secret; '' for none. */
  readonly sopsAgeSecret: string
  /** ConfigMap in RUNTIME_NAMESPACE with the Vault servers that ServiceAccounts may log in to; '' for none. */
  readonly sopsVaultConfigMap: string
  /** ServiceAccount of objects that name none; '' is the controller itself. */
  readonly defaultDecryptionServiceAccount: string
  /** What becomes of a file whose MAC does not match. */
  readonly sopsVerifyMac: VerifyMac
}

const verifyMacs: readonly VerifyMac[] = ['off', 'warn', 'fail']

type Env = Readonly<Record<string, string | undefined>>

/** Declares the flags, and returns what reads each once the command was parsed. */
export function decryptionFlags(command: Command): {
  readonly [Name in keyof DecryptionFlags]: (env: Env) => DecryptionFlags[Name]
} {
  const name = (flag: string, description: string) =>
    declareFlag(command, { name: flag, default: '', description, parse: textFlag })
  return {
    sopsAgeSecret: name('sops-age-secret', 'Secret in RUNTIME_NAMESPACE with age keys for objects that name no Secret'),
    sopsVaultConfigMap: name(
      'sops-vault-configmap',
      'ConfigMap in RUNTIME_NAMESPACE that lists the Vault servers to log in to, with their login paths',
    ),
    defaultDecryptionServiceAccount: name(
      'default-decryption-service-account',
      'account of a spec.decryption that names none, for clouds and Vault',
    ),
    sopsVerifyMac: declareFlag<VerifyMac>(command, {
      name: 'sops-verify-mac',
      default: 'off',
      description: 'what happens when a file does not match the MAC that sops wrote: off (as Flux), warn, fail',
      parse: wordFlag(verifyMacs),
    }),
  }
}

/** Throws, as Flux ends: an account that may not be used is a mistake that nobody would notice. */
export function checkDecryptionAccount({
  defaultDecryptionServiceAccount,
  features,
}: DecryptionFlags & CommonOptions): void {
  if (defaultDecryptionServiceAccount === '' || features.enabled('ObjectLevelWorkloadIdentity')) return
  throw new RuntimeError(
    'FlagInvalid',
    '--default-decryption-service-account needs --feature-gates=ObjectLevelWorkloadIdentity=true',
  )
}
