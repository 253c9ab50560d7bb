// SPDX-License-Identifier: Apache-2.0
import { CodedError } from '@tidelock/errors'
import type { GitAuth, GitTls } from '@tidelock/git'
import type { SecretData } from '@tidelock/kube'

/** Why the credentials of a GitRepository cannot be used. */
export class GitAuthError extends CodedError<
  'AuthenticationFailed' | 'InvalidProviderConfiguration' | 'GitOperationFailed' | 'FeatureGateDisabled'
> {}

/** What a Secret and the URL together say about how to talk to the server. */
export interface GitAccess {
  /** The URL without user information. */
  readonly url: string
  readonly auth: GitAuth
  readonly tls: GitTls
}

/**
 * Reads credentials by Flux's rules (api-source, "Secret formats"): a bearer token wins over basic in the Secret but does not
 * go with user information in the URL; that fills what the Secret leaves out, `ca.crt` wins over `caFile`. Throws GitAuthError.
 */
export function readGitAccess(address: string, secret: SecretData, secretName: string): GitAccess {
  if (nonEmpty(secret.get('githubAppID')) !== undefined) {
    throw new GitAuthError(
      'InvalidProviderConfiguration',
      `secretRef '${secretName}' has github app data but provider is not set to github`,
    )
  }
  const url = new URL(address)
  const text = (key: string): string => secret.get(key)?.toString('utf8') ?? ''
  const basic = readBasic(url, text, secret.has('bearerToken'))
  const bearer = text('bearerToken')
  const scheme = url.protocol.slice(0, -1)
  if (basic.username === '' && basic.password !== '') {
    throw new GitAuthError(
      'AuthenticationFailed',
      `failed to configure authentication options: invalid '${scheme}' auth option: 'password' requires 'username' to be set`,
    )
  }
  if (basic.username !== '' && bearer !== '') {
    throw new GitAuthError(
      'GitOperationFailed',
      'failed to checkout and determine revision: basic auth and bearer token cannot be set at the same time',
    )
  }
  const auth: GitAuth = bearer === '' ? (basic.username === '' ? {} : { basic }) : { bearer }
  return { url: withoutUser(url, address), auth, tls: readTls(secret, secretName) }
}

/** The TLS part of a Secret, and the URL without user information: for providers that give the credentials. Throws GitAuthError. */
export function readGitServer(address: string, secret: SecretData, secretName: string): Pick<GitAccess, 'url' | 'tls'> {
  return { url: withoutUser(new URL(address), address), tls: readTls(secret, secretName) }
}

/** As it was written where it can stay, so that messages show what the spec says. */
function withoutUser(url: URL, address: string): string {
  if (url.username === '' && url.password === '') return address
  const bare = new URL(url)
  bare.username = ''
  bare.password = ''
  return bare.href
}

function readBasic(
  url: URL,
  text: (key: string) => string,
  hasBearer: boolean,
): { username: string; password: string } {
  const fromSecret = hasBearer
    ? { username: '', password: '' }
    : { username: text('username'), password: text('password') }
  return {
    username: fromSecret.username || decodeURIComponent(url.username),
    password: fromSecret.password || decodeURIComponent(url.password),
  }
}

/** Why the address cannot be used, or undefined when it can. */
export function urlProblem(address: string): string | undefined {
  if (!URL.canParse(address)) return 'spec.url must be an absolute http, https or ssh address'
  const { username, password } = new URL(address)
  try {
    decodeURIComponent(username + password)
    return undefined
  } catch {
    return 'the user information in spec.url has a percent sign that starts no escape: write %25'
  }
}

function readTls(secret: SecretData, secretName: string): GitTls {
  const ca = nonEmpty(secret.get('ca.crt')) ?? nonEmpty(secret.get('caFile'))
  const cert = nonEmpty(secret.get('tls.crt'))
  const key = nonEmpty(secret.get('tls.key'))
  if ((cert === undefined) !== (key === undefined)) {
    throw new GitAuthError(
      'AuthenticationFailed',
      `failed to configure authentication options: secret '${secretName}' must have both 'tls.crt' and 'tls.key', or neither`,
    )
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  }
}

function nonEmpty(value: Buffer | undefined): Buffer | undefined {
  return value === undefined || value.length === 0 ? undefined : value
}
