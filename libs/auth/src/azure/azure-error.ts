// SPDX-License-Identifier: Apache-2.0
import type { AuthError, AuthErrorCode } from '../errors.ts'
import { reasonOf, refusalError } from '../provider-error.ts'
import { textAt } from '../send-json.ts'

const deniedGrants = ['invalid_client', 'invalid_grant', 'unauthorized_client', 'access_denied', 'invalid_request']

interface Thrown {
  readonly name?: string
  readonly message?: string
  readonly cause?: unknown
  /** Of the answer of Entra ID. */
  readonly errorCode?: string
  readonly errorMessage?: string
  readonly status?: number
  readonly statusCode?: number
  readonly errorResponse?: { readonly error?: string; readonly errorDescription?: string }
  /** Of a chain of credentials. */
  readonly errors?: readonly unknown[]
}

/** What a client of Azure throws, as ours. */
export function azureError(subject: string, error: unknown, secrets: readonly (string | undefined)[]): AuthError {
  const { errors, cause } = error as Thrown
  // of a chain the first that was set up and failed says most
  const telling = errors?.find((each) => (each as Thrown).name !== 'CredentialUnavailableError')
  if (telling !== undefined) return azureError(subject, telling, secrets)
  if (typeof (cause as Thrown | undefined)?.errorCode === 'string') return azureError(subject, cause, secrets)
  const { name, message, errorCode, errorMessage, status, statusCode, errorResponse } = error as Thrown
  const grant = errorResponse?.error ?? errorCode
  const description = sentenceOf(errorResponse?.errorDescription ?? errorMessage ?? '')
  const reason = [grant, description].filter((part) => part !== undefined && part !== '').join(': ')
  return refusalError({
    ...{ subject, status: statusCode ?? status, secrets },
    reason: reason === '' ? reasonOf(error) : reason,
    code: codeOf(name, message ?? '', grant),
  })
}

/** What the description says, without the ids of traces around it. */
function sentenceOf(description: string): string {
  const [, inner = description] = /Description: (.*)$/s.exec(description) ?? []
  return inner.split(/\s(?:- )?(?:Trace|Correlation) ID:/)[0] ?? ''
}

function codeOf(name: string | undefined, message: string, grant: string | undefined): AuthErrorCode | undefined {
  if (grant !== undefined && deniedGrants.includes(grant)) return 'AccessDenied'
  // the authority was not reached; it is called unavailable credentials so that a chain goes on
  if (/endpoints_resolution_error|network_error|ENOTFOUND|ECONN|ETIMEDOUT/.test(message)) return 'Unavailable'
  if (name === 'CredentialUnavailableError' || name === 'AggregateAuthenticationError') return 'CredentialsMissing'
  return undefined
}

/** The words in the body of a refusal of Key Vault or the resource manager. */
export function azureReason(body: Record<string, unknown>): string | undefined {
  const [code, message] = [textAt(body, 'error', 'code'), textAt(body, 'error', 'message')]
  return message === undefined ? code : [code, message].filter((part) => part !== undefined).join(': ')
}
