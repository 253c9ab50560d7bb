// SPDX-License-Identifier: Apache-2.0
import { parse } from 'yaml'
import { identityParts, issuerOf } from '../cached.ts'
import type { CacheParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { subjectOf } from '../jwt.ts'
import { sendJson, textAt } from '../send-json.ts'
import { cacheKey } from '../token-cache.ts'
import type { Expiring } from '../token-cache.ts'
import { requireAllowed, vaultUrl } from './path.ts'
import { vaultRequest } from './request.ts'
import type { VaultSource, VaultToken } from './types.ts'

/** One token for every server: that of a key Secret, or `VAULT_TOKEN`. Throws `CredentialsMissing` when it is empty. */
export function fixedVaultToken(token: string): VaultSource {
  const trimmed = token.trim()
  return async () => {
    if (trimmed === '')
      throw new AuthError(
        'CredentialsMissing',
        'Vault token: none in the key Secret (sops.vault-token), no list of servers (--sops-vault-configmap), and no VAULT_TOKEN',
      )
    return { token: trimmed }
  }
}

/**
 * The login paths by address of the controller-wide Vault configuration (`config.yaml`: `instances: [{address, loginPath}]`). It is
 * also the list of servers that are trusted. Throws `CredentialsInvalid`.
 */
export function parseVaultInstances(text: string): ReadonlyMap<string, string> {
  let value: unknown
  try {
    value = parse(text, { schema: 'failsafe', maxAliasCount: 0, uniqueKeys: false, logLevel: 'silent' })
  } catch (error) {
    throw new AuthError('CredentialsInvalid', 'config.yaml of Vault: not YAML', { cause: error })
  }
  const { instances } = (value ?? {}) as { instances?: unknown }
  if (!Array.isArray(instances))
    throw new AuthError('CredentialsInvalid', 'config.yaml of Vault: want a list instances of {address, loginPath}')
  return new Map(
    instances.map((instance: unknown, index) => {
      const [address, loginPath] = [textAt(instance, 'address'), textAt(instance, 'loginPath')]
      if (address === undefined || loginPath === undefined)
        throw new AuthError(
          'CredentialsInvalid',
          `config.yaml of Vault: instances[${index}]: want address and loginPath`,
        )
      return [address, loginPath]
    }),
  )
}

interface LeasedToken extends Expiring {
  readonly token: string
}

/**
 * Tokens that Vault gives for a token of the identity's ServiceAccount, whose audience is the server's address, at the login path that
 * `loginPaths` has for it, in the role `<namespace>_<name>`. Throws `AddressRefused` for a server that is not in the list.
 */
export function vaultLogin(
  identity: Identity,
  loginPaths: () => Promise<ReadonlyMap<string, string>>,
  deps: AuthDeps,
): VaultSource {
  const source: VaultSource = async (address, signal) => {
    requireAllowed(address, deps.env['SOPS_HC_VAULT_ALLOWLIST'])
    const loginPath = (await loginPaths()).get(address)
    if (loginPath === undefined)
      throw new AuthError('AddressRefused', `Vault address '${address}': not in the list of --sops-vault-configmap`)
    const parts: CacheParts = { provider: 'vault', ...identityParts(identity), address, loginPath }
    const key = cacheKey(parts)
    const create = (): Promise<LeasedToken> => logIn(identity, { address, loginPath }, deps, signal)
    if (deps.cache === undefined) return { token: (await create()).token }
    const { token } = await deps.cache.get(key, create, { user: deps.user, signal })
    const renew = (again: AbortSignal): Promise<VaultToken> => {
      deps.cache?.forget(key)
      return source(address, again)
    }
    return { token, renew }
  }
  return source
}

async function logIn(
  identity: Identity,
  { address, loginPath }: { readonly address: string; readonly loginPath: string },
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<LeasedToken> {
  const { token: jwt } = await issuerOf(identity, `Vault '${address}'`)([address], signal)
  const { namespace, name } = subjectOf(jwt)
  const role = `${namespace}_${name}`
  const subject = `Vault '${address}': log-in at '${loginPath}' as role '${role}'`
  const request = vaultRequest(subject, vaultUrl(address, [loginPath]), { role, jwt }, deps)
  // Vault answers a refused log-in with 400 as well
  const denied = { 400: 'AccessDenied', 403: 'AccessDenied' } as const
  const shown = { ...request, secrets: [jwt], codes: denied }
  const answer = await sendJson(deps.vaultHttp, shown, deps, signal)
  const token = textAt(answer, 'auth', 'client_token')
  if (token === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
  const lease = (answer['auth'] as Record<string, unknown>)['lease_duration']
  const lifeMs = typeof lease === 'number' && lease > 0 ? lease * 1000 : Number.POSITIVE_INFINITY
  return { token, expiresAtMs: deps.clock.now() + lifeMs }
}
