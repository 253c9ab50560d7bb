// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'
import type { ObjectRef } from '@tidelock/kube'
import type { ChangeSetEntry } from './model/change-set.ts'

/** Every way in which this package fails on purpose. */
export type SsaErrorCode =
  | 'ApplyFailed'
  | 'DryRunRefused'
  | 'EncryptedSecret'
  | 'InvalidIgnoreRule'
  | 'InvalidInventoryId'
  | 'PruneFailed'
  | 'TerminationTimeout'
  | 'WaitFailed'
  | 'WaitTimeout'

/** An error of this package. Messages name objects as `Kind/namespace/name` and carry the API server's own words. */
export class SsaError<C extends SsaErrorCode = SsaErrorCode> extends CodedError<C> {}

/** One object that the API server (or this package) refused, and why. */
export interface Refusal {
  readonly object: ObjectRef
  /** `Kind/namespace/name`. */
  readonly subject: string
  /** The server's reason (`Invalid`, `Forbidden`, …); empty when it gave none. */
  readonly reason: string
  /** The whole sentence, subject first, as Flux words it. */
  readonly message: string
  readonly error: unknown
}

/**
 * A stage could not be applied. `changeSet` holds what earlier stages and earlier objects of this stage had done by then;
 * `refusals` every refused object (empty for failures that are not about one object).
 */
export class ApplyError extends SsaError<
  'ApplyFailed' | 'DryRunRefused' | 'EncryptedSecret' | 'WaitFailed' | 'WaitTimeout'
> {
  readonly refusals: readonly Refusal[]
  readonly changeSet: readonly ChangeSetEntry[]
  /** Writes that were sent and whose answer was lost: the server may have done them. */
  readonly uncertain: readonly ChangeSetEntry[]

  constructor(
    code: ApplyError['code'],
    message: string,
    options: {
      refusals?: readonly Refusal[]
      changeSet?: readonly ChangeSetEntry[]
      uncertain?: readonly ChangeSetEntry[]
      cause?: unknown
    } = {},
  ) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause })
    this.refusals = options.refusals ?? []
    this.changeSet = options.changeSet ?? []
    this.uncertain = options.uncertain ?? []
  }
}

/** Whether the error, itself, is of this package with one of the codes. */
export function isSsaError(error: unknown, ...codes: readonly SsaErrorCode[]): error is SsaError {
  return error instanceof SsaError && (codes.length === 0 || codes.includes(error.code as SsaErrorCode))
}
