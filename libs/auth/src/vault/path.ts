// SPDX-License-Identifier: Apache-2.0
import { AuthError } from '../errors.ts'

/**
 * The URL of a path of Vault's API. `address` and `path` come from files and people: a path that climbs out of where it belongs would
 * send the token and the request to another part of the API. Throws `KeyInvalid`.
 */
export function vaultUrl(address: string, path: readonly string[]): string {
  const base = URL.parse(address)
  if (base === null || (base.protocol !== 'https:' && base.protocol !== 'http:') || base.username !== '')
    throw new AuthError('KeyInvalid', `Vault address '${address}': want a URL such as https://vault.example.com:8200`)
  const segments = path.flatMap((part) => part.split('/')).filter((segment) => segment !== '')
  if (segments.length === 0 || segments.some((segment) => segment === '.' || segment === '..'))
    throw new AuthError('KeyInvalid', `Vault path '${path.join('/')}': empty, or with a segment of dots`)
  const prefix = base.pathname.replace(/(?<!\/)\/+$/, '')
  return `${base.origin}${prefix}/v1/${segments.map((segment) => encodeURIComponent(segment)).join('/')}`
}

/** Throws `AddressRefused` unless SOPS' own list of servers, `SOPS_HC_VAULT_ALLOWLIST`, is empty, says `all` or names the address. */
export function requireAllowed(address: string, list: string | undefined): void {
  if (list === undefined || list === '' || list === 'all') return
  const prefixes = list === 'none' ? [] : list.split(',').map((prefix) => ended(prefix.trim()))
  if (prefixes.some((prefix) => prefix !== '/' && ended(address).startsWith(prefix))) return
  throw new AuthError('AddressRefused', `Vault address '${address}': SOPS_HC_VAULT_ALLOWLIST does not name it`)
}

function ended(text: string): string {
  return text.endsWith('/') ? text : `${text}/`
}
