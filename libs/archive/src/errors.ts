// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidPath`: an entry's path is absolute, leaves the root, or holds what no safe path holds
 * - `PathClash`: a path is there twice, or both as a file and as a directory
 * - `EntryOrder`: entries to be written do not ascend
 * - `SizeMismatch`: a file's content is not as long as announced
 * - `InvalidArchive`: not a gzip'ed tar, or damaged
 * - `InvalidIndex`: the bytes are no index of ours
 * - `Truncated`: the archive ends too early
 * - `LimitExceeded`: a bound was reached; `details.limit` names it
 * - `Unsupported`: a feature of tar that no artifact needs (sparse files)
 * - `NoSpace`: the disk is full
 */
export type ArchiveErrorCode =
  | 'InvalidPath'
  | 'PathClash'
  | 'EntryOrder'
  | 'SizeMismatch'
  | 'InvalidArchive'
  | 'InvalidIndex'
  | 'Truncated'
  | 'LimitExceeded'
  | 'Unsupported'
  | 'NoSpace'

/** What writing, reading or unpacking an archive throws. */
export class ArchiveError extends CodedError<ArchiveErrorCode> {}
