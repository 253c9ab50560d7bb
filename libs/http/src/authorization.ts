// SPDX-License-Identifier: Apache-2.0

/** The value of an Authorization header for user name and password, in UTF-8 (RFC 7617). */
export function basicAuthorization(credentials: { readonly username: string; readonly password: string }): string {
  return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`, 'utf8').toString('base64')}`
}

/** The value of an Authorization header for a bearer token (RFC 6750). */
export function bearerAuthorization(token: string): string {
  return `Bearer ${token}`
}

/** User name and password of a URL's user information, decoded; undefined when it has none. */
export function urlCredentials(url: URL): { readonly username: string; readonly password: string } | undefined {
  if (url.username === '' && url.password === '') return undefined
  return { username: decodeUserInfo(url.username), password: decodeUserInfo(url.password) }
}

/** A stray percent sign stands for itself, as in curl and Go. */
function decodeUserInfo(part: string): string {
  return part.replace(/(?:%[0-9a-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'))
}
