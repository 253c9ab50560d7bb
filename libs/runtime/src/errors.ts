// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** Codes of `RuntimeError`. */
export type RuntimeErrorCode =
  | 'FlagInvalid'
  | 'GateUndeclared'
  | 'LeadershipLost'
  | 'QueueClosed'
  | 'ServerFailed'
  | 'StartFailed'
  | 'StopTimeout'

/** An error of the controller machine itself, not of a reconciler. */
export class RuntimeError extends CodedError<RuntimeErrorCode> {}
