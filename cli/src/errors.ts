// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** Why a command ended without doing what it was asked to. */
export type CliErrorCode =
  | 'UsageInvalid'
  | 'Aborted'
  | 'AlreadyRunning'
  | 'NotRunning'
  | 'StartFailed'
  | 'ControllerEnded'
  | 'NoCluster'
  | 'NoBus'
  | 'NotReady'
  | 'TimedOut'
  | 'StepFailed'
  | 'NotFound'
  | 'BuildFailed'
  | 'RegistryFailed'
  | 'TriggerFailed'
  | 'DiffFailed'
  | 'Changed'

/** An error that ends a command with its message, and exit code 1 unless `details.exitCode` is another. */
export class CliError extends CodedError<CliErrorCode> {}

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  const code = error instanceof CliError ? error.details['exitCode'] : undefined
  return typeof code === 'number' ? code : 1
}
