// SPDX-License-Identifier: Apache-2.0
export { SopsError } from './errors.ts'
export type { SopsErrorCode } from './errors.ts'
export { formatOfContent, formatOfPath, hasMarker } from './format.ts'
export type { SopsFormat } from './format.ts'
export type { KeyService, KeyServices } from './key-service.ts'
export { masterKeyName } from './master-key.ts'
export type {
  AgeKey,
  AwsKmsKey,
  AzureKeyVaultKey,
  GcpKmsKey,
  HuaweiKmsKey,
  KeyGroup,
  MasterKey,
  PgpKey,
  VaultKey,
} from './master-key.ts'
