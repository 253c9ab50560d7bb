// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** Why a measurement ended without a result. */
export type BenchErrorCode = 'UsageInvalid' | 'StartFailed' | 'TimedOut' | 'MeasureFailed'

/** Every error that this package throws on purpose. */
export class BenchError extends CodedError<BenchErrorCode> {}
