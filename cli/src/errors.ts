// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** Why a command ended without doing what it was asked to. */
export type CliErrorCode =
  | 'UsageInvalid'
  | 'AlreadyRunning'
  | 'NotRunning'
  | 'StartFailed'
  | 'ControllerEnded'
  | 'NoCluster'
  | 'NotReady'
  | 'TimedOut'
  | 'StepFailed'

/** An error that ends a command with its message and exit code 1. */
export class CliError extends CodedError<CliErrorCode> {}
