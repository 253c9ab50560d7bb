// SPDX-License-Identifier: Apache-2.0

/** A data key, or a part of it, encrypted for an age recipient; `enc` is the armored age file. */
export interface AgeKey {
  readonly type: 'age'
  readonly recipient: string
  readonly enc: string
}

/** Encrypted for an OpenPGP key; `enc` is the armored message. */
export interface PgpKey {
  readonly type: 'pgp'
  readonly fingerprint: string
  readonly enc: string
}

/** Encrypted by the transit engine of HashiCorp Vault or OpenBao; `enc` is its `vault:v1:…` text. */
export interface VaultKey {
  readonly type: 'hc_vault'
  readonly vaultAddress: string
  readonly enginePath: string
  readonly keyName: string
  readonly enc: string
}

/** Encrypted by AWS KMS; `enc` is standard base64 of the ciphertext blob. `role` is assumed before the call. */
export interface AwsKmsKey {
  readonly type: 'kms'
  readonly arn: string
  readonly role?: string
  readonly context: Readonly<Record<string, string>>
  readonly awsProfile?: string
  readonly enc: string
}

/** Encrypted by Google Cloud KMS; `enc` is standard base64. */
export interface GcpKmsKey {
  readonly type: 'gcp_kms'
  readonly resourceId: string
  readonly enc: string
}

/** Encrypted (RSA-OAEP-256) by Azure Key Vault; `enc` is unpadded base64url. */
export interface AzureKeyVaultKey {
  readonly type: 'azure_kv'
  readonly vaultUrl: string
  readonly name: string
  readonly version: string
  readonly enc: string
}

/** Encrypted by Huawei Cloud KMS. Known so that its name can be told; nothing here decrypts it. */
export interface HuaweiKmsKey {
  readonly type: 'hckms'
  readonly keyId: string
  readonly enc: string
}

/** One entry of the metadata's key lists, under the name the list has there. */
export type MasterKey = AgeKey | PgpKey | VaultKey | AwsKmsKey | GcpKmsKey | AzureKeyVaultKey | HuaweiKmsKey

/** Master keys of which any one gives this group's part of the data key. */
export type KeyGroup = readonly MasterKey[]

/** The name by which people know the key, as `sops` prints it: recipient, fingerprint, ARN, address. */
export function masterKeyName(key: MasterKey): string {
  switch (key.type) {
    case 'age':
      return key.recipient
    case 'pgp':
      return key.fingerprint
    case 'hc_vault':
      return `${key.vaultAddress}/v1/${key.enginePath}/keys/${key.keyName}`
    case 'kms':
      return key.role === undefined ? key.arn : `${key.arn}+${key.role}`
    case 'gcp_kms':
      return key.resourceId
    case 'azure_kv':
      return `${key.vaultUrl}/keys/${key.name}/${key.version}`
    case 'hckms':
      return key.keyId
  }
}
