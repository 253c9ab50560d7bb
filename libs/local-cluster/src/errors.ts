// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'

/** What can go wrong here, for callers to branch on. */
export type LocalClusterErrorCode =
  | 'ToolMissing'
  | 'BuildFailed'
  | 'UnsupportedVersion'
  | 'DataDirInUse'
  | 'StateInvalid'
  | 'StartFailed'
  | 'NotRunning'
  | 'UnknownComponent'
  | 'UnknownUser'
  | 'GitFailed'

/** Every error that this package throws on purpose. */
export class LocalClusterError extends CodedError<LocalClusterErrorCode> {}
