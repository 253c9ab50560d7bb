// SPDX-License-Identifier: Apache-2.0
import { readFile } from 'node:fs/promises'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'

const annotations = { tenant: 'azure.workload.identity/tenant-id', client: 'azure.workload.identity/client-id' }

/** Tenant and client that the annotations name. Throws `IdentityInvalid`. */
export function azureClientOf(
  given: Readonly<Record<string, string>>,
  account: string,
): { readonly tenantId: string; readonly clientId: string } {
  const read = (key: string): string => {
    const value = given[key]
    if (value === undefined || value === '')
      throw new AuthError('IdentityInvalid', `${account}: annotation ${key} is missing`)
    return value
  }
  return { tenantId: read(annotations.tenant), clientId: read(annotations.client) }
}

/** Azure's resource manager: where it is, and the scope of its tokens. */
export interface ResourceManager {
  readonly endpoint: string
  readonly scope: string
}

const managers: readonly (readonly [string, ResourceManager])[] = [
  ['chinacloudapi.cn', manager('https://management.chinacloudapi.cn')],
  ['microsoftonline.us', manager('https://management.usgovcloudapi.net')],
]

function manager(endpoint: string): ResourceManager {
  return { endpoint, scope: `${endpoint}/.default` }
}

/**
 * The resource manager of the cloud that the environment names: by the file `AZURE_ENVIRONMENT_FILEPATH`, else by
 * `AZURE_AUTHORITY_HOST`. Throws `ClusterInvalid` when the file cannot be used.
 */
export async function resourceManagerOf({ env }: Pick<AuthDeps, 'env'>): Promise<ResourceManager> {
  const path = env['AZURE_ENVIRONMENT_FILEPATH']
  if (path !== undefined && path !== '') return readEnvironment(path)
  const authority = env['AZURE_AUTHORITY_HOST'] ?? ''
  return managers.find(([part]) => authority.includes(part))?.[1] ?? manager('https://management.azure.com')
}

async function readEnvironment(path: string): Promise<ResourceManager> {
  const fail = (why: string, cause?: unknown): AuthError =>
    new AuthError('ClusterInvalid', `AZURE_ENVIRONMENT_FILEPATH: ${why}`, cause === undefined ? {} : { cause })
  let value: { resourceManagerEndpoint?: unknown; tokenAudience?: unknown }
  try {
    value = JSON.parse(await readFile(path, 'utf8')) as typeof value
  } catch (error) {
    throw fail('cannot be read as JSON', error)
  }
  const { resourceManagerEndpoint: endpoint, tokenAudience: audience } = value
  if (typeof endpoint !== 'string' || typeof audience !== 'string')
    throw fail('want resourceManagerEndpoint and tokenAudience')
  return { endpoint: endpoint.replace(/(?<!\/)\/+$/, ''), scope: `${audience}/.default` }
}
