// SPDX-License-Identifier: Apache-2.0
import { bearerAuthorization } from '@tidelock/http'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { sendJson, sendOnce, textAt } from '../send-json.ts'
import type { JsonRequest } from '../send-json.ts'
import { azureReason } from './azure-error.ts'
import type { AzureSource } from './types.ts'

/** A data key that Azure Key Vault encrypted (RSA-OAEP-256), as SOPS writes it: `enc` is unpadded base64url. */
export interface KeyVaultCiphertext {
  readonly vaultUrl: string
  readonly name: string
  readonly version: string
  readonly enc: string
}

const apiVersion = '7.4'

// of Azure's own clouds; any other vault says itself
const resources: readonly (readonly [string, string])[] = [
  ['.vault.azure.net', 'https://vault.azure.net'],
  ['.vault.azure.cn', 'https://vault.azure.cn'],
  ['.vault.usgovcloudapi.net', 'https://vault.usgovcloudapi.net'],
  ['.managedhsm.azure.net', 'https://managedhsm.azure.net'],
]

/** The plain data key. Throws `AuthError`, or the signal's reason. */
export async function decryptWithKeyVault(
  key: KeyVaultCiphertext,
  tokens: AzureSource,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const subject = `Azure Key Vault key '${key.vaultUrl}/keys/${key.name}/${key.version}'`
  const vault = parseVault(key, subject)
  const path = [key.name, key.version].filter((part) => part !== '').map((part) => encodeURIComponent(part))
  const request: JsonRequest = {
    ...{ subject, method: 'POST', reason: azureReason, secrets: [key.enc] },
    url: `${vault.origin}/keys/${path.join('/')}/decrypt?api-version=${apiVersion}`,
    body: { alg: 'RSA-OAEP-256', value: key.enc },
  }
  const resource =
    resources.find(([suffix]) => vault.hostname.endsWith(suffix))?.[1] ??
    (await askResource(request, vault, deps, signal))
  const { token } = await tokens(`${resource}/.default`, signal)
  const signed = {
    ...request,
    headers: { authorization: bearerAuthorization(token) },
    secrets: [token, key.enc],
  }
  const value = textAt(await sendJson(deps.http, signed, deps, signal), 'value')
  if (value === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no value`)
  return Buffer.from(value, 'base64url')
}

function parseVault({ vaultUrl, name, version }: KeyVaultCiphertext, subject: string): URL {
  const url = URL.parse(vaultUrl)
  const dots = [name, version].some((part) => part === '.' || part === '..')
  if (url?.protocol !== 'https:' || url.username !== '' || name === '' || dots)
    throw new AuthError('KeyInvalid', `${subject}: want https://<vault>/keys/<name>/<version>`)
  return url
}

/**
 * The resource that a vault's answer to a request without a token names. It must be a parent of the vault's own name: who writes the
 * address into a file must not get a token for another service.
 */
async function askResource(request: JsonRequest, vault: URL, deps: AuthDeps, signal: AbortSignal): Promise<string> {
  const { body: _body, ...bare } = request
  const { headers } = await sendOnce(deps.http, bare, signal)
  const challenge = headers['www-authenticate'] ?? ''
  const [, named = ''] = /(?:resource|scope)="([^"]+)"/.exec(challenge) ?? []
  const resource = URL.parse(named.replace(/\/\.default$/, ''))
  const parent = resource?.hostname ?? ''
  const own = parent !== '' && (vault.hostname === parent || vault.hostname.endsWith(`.${parent}`))
  if (resource?.protocol !== 'https:' || !own)
    throw new AuthError('AddressRefused', `${request.subject}: the server does not answer as a Key Vault of that name`)
  return resource.href.replace(/(?<!\/)\/+$/, '')
}
