// SPDX-License-Identifier: Apache-2.0
import { CodedError, errorMessage } from '@tidelock/errors'

/** Why a build ended before its objects were plain. The message names file or object and the keys that are missing, no content. */
export class DecryptionError extends CodedError<'DecryptionFailed' | 'MacMismatch'> {}

/** Puts what was to be decrypted before the reason. */
export function decryptionFailed(what: string, cause: unknown): DecryptionError {
  if (cause instanceof DecryptionError) return cause
  return new DecryptionError('DecryptionFailed', `${what}: ${errorMessage(cause)}`, { cause })
}
