// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidUrl`, `InvalidReference`: what was asked for cannot be right.
 * - `AuthenticationFailed`: the server wants credentials, or refuses the given ones.
 * - `RepositoryNotFound`, `ReferenceNotFound`, `EmptyRepository`, `NoMatchingVersion`, `CommitNotFound` (a commit that
 *   the server refuses or that is not in the history it was looked for in).
 * - `HostKeyRejected`: an SSH server shows a key that known_hosts does not have. `KnownHostsInvalid`, `IdentityInvalid`,
 *   `PassphraseMissing`, `InvalidAlgorithms`: what was given for SSH cannot be used.
 * - `Unreachable`: no connection, a lost one, or a passing status (429, 5xx). `Timeout`. `TlsFailed`.
 * - `ProtocolError`: the server said something that Git's protocol does not allow, or reported an error of its own.
 * - `InvalidObject`: a pack or object is broken, missing, or unsafe (paths that lead out of the tree).
 * - `LimitExceeded`: a bound of `GitLimits` was passed.
 */
export type GitErrorCode =
  | 'InvalidUrl'
  | 'InvalidReference'
  | 'AuthenticationFailed'
  | 'HostKeyRejected'
  | 'KnownHostsInvalid'
  | 'IdentityInvalid'
  | 'PassphraseMissing'
  | 'InvalidAlgorithms'
  | 'RepositoryNotFound'
  | 'ReferenceNotFound'
  | 'EmptyRepository'
  | 'NoMatchingVersion'
  | 'CommitNotFound'
  | 'Unreachable'
  | 'Timeout'
  | 'TlsFailed'
  | 'ProtocolError'
  | 'InvalidObject'
  | 'LimitExceeded'

/** Any failure of this package. Messages of remote operations name the URL without secrets. */
export class GitError extends CodedError<GitErrorCode> {}

/** A passed bound, with its name in `details.limit`. */
export function limitExceeded(limit: string, message: string): GitError {
  return new GitError('LimitExceeded', message, { details: { limit } })
}
