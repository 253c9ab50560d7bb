// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/**
 * - `InvalidKey`: a given key, certificate or policy cannot be read.
 * - `NoSignature`: what was to be verified carries no signature.
 * - `RootUnavailable`: the trusted root of a Sigstore deployment cannot be had, or is out of date.
 * - `Unverified`: no given key or identity made any of the signatures, or what they sign is something else.
 */
export type VerifyErrorCode = 'InvalidKey' | 'NoSignature' | 'RootUnavailable' | 'Unverified'

/** Any failure of this package. */
export class VerifyError extends CodedError<VerifyErrorCode> {}
