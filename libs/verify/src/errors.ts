// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidKey`: a given key, certificate or policy cannot be read.
 * - `NoSignature`: what was to be verified carries no signature.
 * - `Unverified`: no given key or identity made any of the signatures, or what they sign is something else.
 */
export type VerifyErrorCode = 'InvalidKey' | 'NoSignature' | 'Unverified'

/** Any failure of this package. */
export class VerifyError extends CodedError<VerifyErrorCode> {}
