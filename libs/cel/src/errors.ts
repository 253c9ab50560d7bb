// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** What can go wrong here. */
export type CelErrorCode = 'Invalid'

/** An error of this package. */
export class CelError extends CodedError<CelErrorCode> {}
