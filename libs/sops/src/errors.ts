// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** What can go wrong here. */
export type SopsErrorCode = 'Invalid'

/** An error of this package. */
export class SopsError extends CodedError<SopsErrorCode> {}
