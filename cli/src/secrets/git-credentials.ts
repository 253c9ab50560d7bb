// SPDX-License-Identifier: Apache-2.0
import { CliError } from '../errors.ts'
import { createKeyPair, readKeyPair } from '../ssh/key-pair.ts'
import type { KeyChoice } from '../ssh/key-pair.ts'
import type { SecretContent } from './secret-content.ts'

const schemes = ['ssh', 'http', 'https']

/** The URL of a Git repository. Throws UsageInvalid. */
export function gitUrl(text: string | undefined): URL {
  if (text === undefined || text === '') throw new CliError('UsageInvalid', 'url is required: give --url')
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) throw new CliError('UsageInvalid', `git URL parse failed: '${text}' is no URL`)
  const scheme = url.protocol.slice(0, -1)
  if (!schemes.includes(scheme))
    throw new CliError('UsageInvalid', `git URL scheme '${scheme}' not supported, can be: ssh, http and https`)
  return url
}

/** What is given for a repository over HTTP or HTTPS; a password counts only with a user. */
export function httpCredentials(given: {
  readonly username: string
  readonly password: string
  readonly bearerToken?: string
  readonly ca: string
}): SecretContent {
  const { username, password, bearerToken = '', ca } = given
  return {
    stringData: {
      ...(username === '' || password === '' ? {} : { username, password }),
      ...(bearerToken === '' ? {} : { bearerToken }),
      ...(ca === '' ? {} : { 'ca.crt': ca }),
    },
  }
}

/** The keys for a repository over SSH: the given private key or a new one, and the host keys that the server shows. */
export async function sshCredentials(
  url: URL,
  key: { readonly privateKey?: string | undefined; readonly password: string; readonly choice: KeyChoice },
  signal: AbortSignal,
): Promise<SecretContent> {
  const { privateKey, password, choice } = key
  const pair = privateKey === undefined ? await createKeyPair(choice) : await readKeyPair(privateKey, password)
  const { scanHostKeys } = await import('@tidelock/git')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const knownHosts = await scanHostKeys({ host, ...(url.port === '' ? {} : { port: Number(url.port) }), signal })
  return {
    stringData: {
      ...{ identity: pair.privateKey, 'identity.pub': pair.publicKey, known_hosts: knownHosts },
      ...(password === '' ? {} : { password }),
    },
  }
}
