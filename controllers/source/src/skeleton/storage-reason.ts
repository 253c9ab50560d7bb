// SPDX-License-Identifier: Apache-2.0
import { codeOf } from '@tidelock/errors'

const reasons: Readonly<Record<string, string>> = {
  InvalidPath: 'InvalidPath',
  InvalidStore: 'DirectoryCreationFailed',
  EACCES: 'DirectoryCreationFailed',
  ENOENT: 'StatOperationFailed',
}

/** Flux's reason for a failure of the storage, by the code of the error. */
export function storageReason(error: unknown): string {
  return reasons[codeOf(error) ?? ''] ?? 'ArchiveOperationFailed'
}
