// SPDX-License-Identifier: Apache-2.0

/** The value of an Authorization header for user name and password, in UTF-8 (RFC 7617). */
export function basicAuthorization(credentials: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`
}

/** The value of an Authorization header for a bearer token (RFC 6750). */
export function bearerAuthorization(token: string): string {
  return `Bearer ${token}`
}
