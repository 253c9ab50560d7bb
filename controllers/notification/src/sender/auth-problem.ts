// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '@tidelock/auth'
import { NotificationError } from '../errors.ts'

/** What went wrong with credentials, as an error of a Provider: `Unavailable` for what may pass, else `InvalidConfig`. Another error stays itself. */
export function asNotificationError(error: unknown, what: string): unknown {
  if (!(error instanceof AuthError)) return error
  const code = error.code === 'Unavailable' ? 'Unavailable' : 'InvalidConfig'
  return new NotificationError(code, `${what}: ${error.message}`)
}
