// SPDX-License-Identifier: Apache-2.0

/** What becomes of a file whose MAC does not match. */
export type VerifyMac = 'off' | 'warn' | 'fail'

/** What of the flags decryption reads. */
export interface DecryptionOptions {
  /** RUNTIME_NAMESPACE: where the Secret and the ConfigMap of the controller itself are. */
  readonly namespace: string
  /** Secret with the age identities of objects that name no Secret; '' for none. */
  readonly sopsAgeSecret: string
  /** ConfigMap with the Vault servers that ServiceAccounts may log in to; '' for none. */
  readonly sopsVaultConfigMap: string
  /** ServiceAccount of objects that name none; '' is the controller itself. */
  readonly defaultServiceAccount: string
  readonly verifyMac: VerifyMac
}
