// SPDX-License-Identifier: Apache-2.0
import type { AuthError, AuthErrorCode } from '../errors.ts'
import { reasonOf, refusalError } from '../provider-error.ts'
import type { AwsCredentials } from './credentials.ts'

// some services write the names with `Exception` at the end, some without
const codes: Readonly<Record<string, AuthErrorCode>> = {
  ...named('AccessDenied', [
    ...['AccessDenied', 'ExpiredToken', 'ExpiredTokenError', 'IDPRejectedClaim', 'IncompleteSignature'],
    ...['InvalidClientTokenId', 'InvalidIdentityToken', 'InvalidSignature', 'MissingAuthenticationToken'],
    ...['SignatureDoesNotMatch', 'UnrecognizedClient'],
  ]),
  ...named('NotFound', ['NotFound', 'ResourceNotFound']),
  ...named('Unavailable', [
    ...['DependencyTimeout', 'IDPCommunicationError', 'KMSInternal', 'KeyUnavailable', 'LimitExceeded', 'Server'],
    ...['ServiceUnavailable', 'Throttling'],
  ]),
  CredentialsProviderError: 'CredentialsMissing',
}

function named(code: AuthErrorCode, names: readonly string[]): Record<string, AuthErrorCode> {
  return Object.fromEntries(names.map((name) => [name, code]))
}

/** What a client of AWS throws, as ours. Of a refused signature only the name is told: AWS quotes the signed headers, the session token among them. */
export function awsError(subject: string, error: unknown, secrets: readonly (string | undefined)[]): AuthError {
  const { name, $metadata } = error as { name?: string; $metadata?: { httpStatusCode?: number } }
  const status = $metadata?.httpStatusCode
  const short = name?.replace(/Exception$/, '') ?? ''
  const known = Object.hasOwn(codes, short) ? codes[short] : undefined
  const quotesHeaders = short === 'InvalidSignature' || short === 'SignatureDoesNotMatch'
  const words = quotesHeaders
    ? 'the secret access key does not match the access key'
    : reasonOf(error).replace(/^AWS SDK error wrapper for \w+: /, '')
  const reason = status === undefined ? words : `${name ?? 'error'}: ${words}`
  return refusalError({ subject, status, reason, code: known, secrets })
}

/** What of credentials must not show. */
export function secretsOf(credentials: AwsCredentials): readonly (string | undefined)[] {
  return [credentials.secretAccessKey, credentials.sessionToken]
}
