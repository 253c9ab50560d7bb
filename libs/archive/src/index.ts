// SPDX-License-Identifier: Apache-2.0
export type {
  ArchiveContent,
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
export { whenClosed, writeArchive } from './write-archive.ts'
export type { Hasher, WriteOptions } from './write-archive.ts'
export { unpackArchive, defaultLimits } from './unpack-archive.ts'
export type { UnpackOptions } from './unpack-archive.ts'
export { changeTree } from './change-tree.ts'
export type { TreeChange } from './change-tree.ts'
export { filterEntries, readTree, turns } from './tree.ts'
export type { ReadTreeOptions } from './tree.ts'
export { encodeIndex, indexDigest, parseIndex } from './index-codec.ts'
export { comparePaths } from './paths.ts'
export { defaultPatterns, ignoreMatcher, sourceIgnoreFile, vcsPatterns } from './ignore/matcher.ts'
export type { IgnoreMatcher, IgnoreOptions, Ignored } from './ignore/matcher.ts'
export { readSourceIgnoreFiles } from './ignore/read-files.ts'
