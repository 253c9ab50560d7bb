// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `NotFound`: the server has no such artifact (404): the source is not ready, ask again later
 * - `FetchFailed`: the artifact could not be downloaded, after all retries
 * - `DigestMismatch`: the bytes are not those that the digest names
 * - `InvalidDigest`: not an `algorithm:hex` digest
 * - `UnsupportedDigest`: an algorithm that is not built in
 * - `TooLarge`: the download is larger than its bound
 * - `InvalidPath`: a name or path that cannot stand in the store
 * - `InvalidStore`: the store's root is not a directory
 * - `NoSpace`: the disk is full; what was stored before is intact
 */
export type ArtifactErrorCode =
  | 'NotFound'
  | 'FetchFailed'
  | 'DigestMismatch'
  | 'InvalidDigest'
  | 'UnsupportedDigest'
  | 'TooLarge'
  | 'InvalidPath'
  | 'InvalidStore'
  | 'NoSpace'

/** What the store and the cache throw; errors of reading an archive (`ArchiveError`) pass through. */
export class ArtifactError extends CodedError<ArtifactErrorCode> {}
