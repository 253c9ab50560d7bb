// SPDX-License-Identifier: Apache-2.0
export type {
  ArchiveDirectory,
  ArchiveEntries,
  ArchiveEntry,
  ArchiveFile,
  ArtifactIndex,
  IndexEntry,
  UnpackLimits,
  WrittenArchive,
} from './types.ts'
export { ArchiveError } from './errors.ts'
export type { ArchiveErrorCode } from './errors.ts'
