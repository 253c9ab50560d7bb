// SPDX-License-Identifier: Apache-2.0
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto'
import { AuthError } from '../errors.ts'

/** An installation of a GitHub App; `privateKey` is secret. */
export interface GitHubApp {
  readonly appId: string
  readonly installation: { readonly id: string } | { readonly owner: string }
  readonly privateKey: KeyObject
  /** Without slash at its end. */
  readonly baseUrl: string
  /** Tells keys apart, for caches. */
  readonly print: string
}

const maxRsaBits = 8192
const defaultBaseUrl = 'https://api.github.com'

/**
 * Reads the entries `githubApp…` of a Secret as Flux does. Throws `CredentialsMissing` for an entry that is not there and
 * `CredentialsInvalid` for one that cannot be used; messages name the entry.
 */
export function parseGitHubApp(entries: ReadonlyMap<string, Uint8Array>): GitHubApp {
  const text = (key: string): string =>
    Buffer.from(entries.get(key) ?? [])
      .toString('utf8')
      .trim()
  const [appId, pem] = [text('githubAppID'), text('githubAppPrivateKey')]
  for (const [key, value] of [
    ['githubAppID', appId],
    ['githubAppPrivateKey', pem],
  ] as const) {
    if (value === '') throw new AuthError('CredentialsMissing', `key '${key}' not found`)
  }
  if (!isNumber(appId)) throw invalid("'githubAppID' must be the number of the App")
  return {
    appId,
    installation: installationOf(text('githubAppInstallationID'), text('githubAppInstallationOwner')),
    privateKey: readKey(pem),
    baseUrl: readBaseUrl(text('githubAppBaseURL')),
    print: createHash('sha256').update(pem).digest('hex'),
  }
}

function installationOf(id: string, owner: string): GitHubApp['installation'] {
  if ((id === '') === (owner === '')) {
    throw invalid("must contain exactly one of 'githubAppInstallationOwner' or 'githubAppInstallationID'")
  }
  if (owner !== '') return { owner }
  if (!isNumber(id)) throw invalid("'githubAppInstallationID' must be the number of the installation")
  return { id }
}

function isNumber(text: string): boolean {
  return /^[1-9][0-9]{0,18}$/.test(text)
}

function readKey(pem: string): KeyObject {
  try {
    const key = createPrivateKey(pem)
    if (key.asymmetricKeyType === 'rsa' && rsaBits(key) <= maxRsaBits) return key
  } catch {
    // the words of OpenSSL are of no help
  }
  throw invalid(
    `'githubAppPrivateKey' must be an RSA private key in PEM of at most ${maxRsaBits} bits, as GitHub gives it out`,
  )
}

/** The longest of its numbers: who writes the key chooses them, and a signature with long ones takes minutes of the process. */
function rsaBits(key: KeyObject): number {
  const { n = '', d = '', p = '', q = '' } = key.export({ format: 'jwk' })
  return 8 * Math.max(...[n, d, p, q].map((part) => Buffer.byteLength(part, 'base64url')))
}

function readBaseUrl(text: string): string {
  if (text === '') return defaultBaseUrl
  const url = URL.parse(text)
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.search !== '' ||
    url.username !== ''
  ) {
    throw invalid("'githubAppBaseURL' must be an address such as https://github.example.com/api/v3")
  }
  return url.href.replace(/(?<!\/)\/+$/, '')
}

function invalid(why: string): AuthError {
  return new AuthError('CredentialsInvalid', why)
}
