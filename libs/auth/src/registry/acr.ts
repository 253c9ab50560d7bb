// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import { azureReason } from '../azure/azure-error.ts'
import { resourceManagerOf } from '../azure/cloud.ts'
import { azureTokensOf } from '../azure/tokens.ts'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import type { Identity } from '../identity.ts'
import { sendJson, textAt } from '../send-json.ts'
import type { RegistryCredentials } from './types.ts'

const hosts = /^[a-z0-9][a-z0-9.-]*\.azurecr\.(?:io|cn|de|us)$/
const scope = 'https://containerregistry.azure.net/.default'
/** The user name that goes with a refresh token as the password. */
const tokenUser = '00000000-0000-0000-0000-000000000000'

/** Azure Container Registry: a token of Entra ID is exchanged for one of the registry. */
export async function acrCredentials(
  registry: string,
  identity: Identity,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<RegistryCredentials> {
  await checkHost(registry, deps)
  const own = (deps.env['AZURE_ENVIRONMENT_FILEPATH'] ?? '') !== ''
  const { token } = await azureTokensOf(identity, deps)(own ? (await resourceManagerOf(deps)).scope : scope, signal)
  const subject = `Azure registry '${registry}'`
  const exchange = async (): Promise<RegistryCredentials> => {
    const answer = await sendJson(
      deps.http,
      {
        ...{ subject, method: 'POST', url: `https://${registry}/oauth2/exchange`, secrets: [token] },
        form: { grant_type: 'access_token', service: registry, access_token: token },
        reason: (body) => textAt((body['errors'] as unknown[] | undefined)?.[0], 'message') ?? azureReason(body),
      },
      deps,
      signal,
    )
    const refreshToken = textAt(answer, 'refresh_token')
    if (refreshToken === undefined) throw new AuthError('ProtocolError', `${subject}: the answer holds no token`)
    return { username: tokenUser, password: refreshToken, expiresAtMs: expiryOf(refreshToken, subject) }
  }
  return cached({ registry, ...identityParts(identity), ...annotationsOf(identity) }, exchange, deps, signal)
}

function annotationsOf(identity: Identity): { clientId?: string; tenantId?: string } {
  if (identity.kind === 'controller') return {}
  const clientId = identity.annotations['azure.workload.identity/client-id']
  const tenantId = identity.annotations['azure.workload.identity/tenant-id']
  return { ...(clientId === undefined ? {} : { clientId }), ...(tenantId === undefined ? {} : { tenantId }) }
}

/** Clouds apart say in a file how their registries are called. */
async function checkHost(registry: string, { env }: AuthDeps): Promise<void> {
  if (hosts.test(registry)) return
  const path = env['AZURE_ENVIRONMENT_FILEPATH'] ?? ''
  const suffix = path === '' ? undefined : await readSuffix(path)
  if (suffix !== undefined && /^[a-z0-9.-]+$/.test(registry) && registry.endsWith(`.${suffix.replace(/^\./, '')}`))
    return
  throw new AuthError(
    'RegistryInvalid',
    `invalid Azure registry: '${registry}': want ${suffix === undefined ? '<name>.azurecr.io' : `a host that ends with ${suffix}`}`,
  )
}

async function readSuffix(path: string): Promise<string | undefined> {
  try {
    return textAt(JSON.parse(await readFile(path, 'utf8')), 'containerRegistryDNSSuffix')
  } catch (cause) {
    throw new AuthError('ClusterInvalid', 'AZURE_ENVIRONMENT_FILEPATH: cannot be read as JSON', { cause })
  }
}

/** When a JSON Web Token ends; its signature is the registry's business. */
function expiryOf(token: string, subject: string): number {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const { exp } = claims as { exp?: unknown }
    if (typeof exp === 'number') return exp * 1000
  } catch {
    // told below
  }
  throw new AuthError('ProtocolError', `${subject}: its token does not say when it ends`)
}
