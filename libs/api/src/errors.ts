// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** What can go wrong in this package. */
export type ApiErrorCode = 'InvalidDuration' | 'InvalidLabelSelector' | 'InvalidSchema'

/** An error of the API types. */
export class ApiError<C extends ApiErrorCode = ApiErrorCode> extends CodedError<C> {}
