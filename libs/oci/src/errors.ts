// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidReference`: what was asked for cannot be right.
 * - `InvalidCredentials`: a Docker config that cannot be read.
 * - `AuthenticationFailed`: the registry wants credentials, or refuses the given ones.
 * - `NotFound`: no such repository, tag, manifest or blob.
 * - `Refused`: the registry will not do it for another reason (a 4xx).
 * - `Unreachable`: no connection, a lost one, or a passing status (429, 5xx). `Timeout`. `TlsFailed`.
 * - `ProtocolError`: the registry said something that the distribution specification does not allow.
 * - `DigestMismatch`: content that is not what its digest says.
 * - `LimitExceeded`: a bound was passed.
 */
export type OciErrorCode =
  | 'InvalidReference'
  | 'InvalidCredentials'
  | 'AuthenticationFailed'
  | 'NotFound'
  | 'Refused'
  | 'Unreachable'
  | 'Timeout'
  | 'TlsFailed'
  | 'ProtocolError'
  | 'DigestMismatch'
  | 'LimitExceeded'

/** Any failure of this package. Messages name the reference without secrets; `details.status` is the HTTP status where there was one. */
export class OciError extends CodedError<OciErrorCode> {}
