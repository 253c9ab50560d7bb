// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** What can go wrong in this package. */
export type ApiErrorCode = 'InvalidDuration' | 'InvalidSchema'

/** An error of the API types. */
export class ApiError extends CodedError<ApiErrorCode> {}
