// SPDX-License-Identifier: Apache-2.0
export { openRegistry } from './open-registry.ts'
export { checkDigest, checkTag, formatReference, isDigest, parseReference, parseRepository } from './reference.ts'
export type { Reference, RepositoryName } from './reference.ts'
export { isImageType, isIndexType, mediaTypes } from './media-types.ts'
export { findCredentials, parseDockerConfig } from './docker-config.ts'
export type { DockerConfigEntry } from './docker-config.ts'
export { digestOf } from './digest.ts'
export { parseManifest } from './parse-manifest.ts'
export { referrersTag } from './referrers.ts'
export { defaultLimits } from './limits.ts'
export type { RegistryLimits } from './limits.ts'
export { OciError } from './errors.ts'
export type { OciErrorCode } from './errors.ts'
export type { Credentials } from './credentials.ts'
export type {
  BlobSource,
  CallOptions,
  Descriptor,
  FetchedImage,
  FetchedManifest,
  ImageIndex,
  ImageManifest,
  Platform,
  RegistryClient,
  RegistryOptions,
  RepositoryClient,
} from './types.ts'
