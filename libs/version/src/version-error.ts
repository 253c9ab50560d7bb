// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** `InvalidVersion`: a text is no version. `InvalidRange`: a text is no range. */
export type VersionErrorCode = 'InvalidVersion' | 'InvalidRange'

/** Any failure of this package. */
export class VersionError extends CodedError<VersionErrorCode> {}
