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
export { createAgeService, readAgeIdentities } from './age.ts'
export type { AgeIdentity } from './age.ts'
export { decryptFile, maxFileBytes } from './decrypt-file.ts'
export type { DecryptedFile, DecryptOptions } from './decrypt-file.ts'
export { createPgpService, readPgpIdentities } from './pgp.ts'
export type { PgpIdentity } from './pgp.ts'
export type { YamlCodec, YamlNode } from './yaml-tree.ts'
export { verifyManifests } from './verify-file.ts'
export type { VerifiedPart } from './verify-file.ts'
