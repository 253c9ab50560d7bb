// SPDX-License-Identifier: Apache-2.0
import type { AuthError } from '../errors.ts'
import { reasonOf, refusalError } from '../provider-error.ts'
import { textAt } from '../send-json.ts'

/** What a client of Google throws, as ours. A client's own error holds the request, its assertion included. */
export function gcpError(subject: string, error: unknown, secrets: readonly (string | undefined)[]): AuthError {
  const { response, status, message } = error as {
    response?: { status?: number; data?: unknown }
    status?: number
    message?: string
  }
  const code = response?.status ?? (typeof status === 'number' ? status : undefined)
  const words = googleReason(response?.data) ?? reasonOf(error)
  if (/could not load the default credentials/i.test(message ?? '')) {
    const cure = 'give the controller a workload identity, or a key in the key Secret'
    return refusalError({ subject, reason: 'none were found', code: 'CredentialsMissing', cure })
  }
  // an assertion or a grant that is refused comes as 400
  const denied = code === 400 && /invalid_grant|invalid_client|unauthorized_client|invalid_target/.test(words)
  return refusalError({ subject, status: code, reason: words, secrets, code: denied ? 'AccessDenied' : undefined })
}

/** The words in the body of a refusal: of the API's form, or of OAuth's. */
export function googleReason(body: unknown): string | undefined {
  const message = textAt(body, 'error', 'message')
  if (message !== undefined) return message
  const [error, description] = [textAt(body, 'error'), textAt(body, 'error_description')]
  return error === undefined ? undefined : [error, description].filter((part) => part !== undefined).join(': ')
}
