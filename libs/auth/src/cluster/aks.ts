// SPDX-License-Identifier: Apache-2.0
import { bearerAuthorization } from '@tidelock/http'
import { parse } from 'yaml'
import { azureReason } from '../azure/azure-error.ts'
import { resourceManagerOf } from '../azure/cloud.ts'
import { azureTokensOf } from '../azure/tokens.ts'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { sendJson, textAt } from '../send-json.ts'
import { parseClusterAddress, serverOf } from './address.ts'
import type { ClusterAccess, ClusterRequest } from './types.ts'

// Azure's own application for AKS' API servers, the same in every cloud
const aksScope = '6dae42f8-4368-4678-94ff-3960e28e3630/.default'
const apiVersion = '2024-09-01'
const clusterId =
  /^\/subscriptions\/[^/]{36}\/resourceGroups\/[^/]{1,200}\/providers\/Microsoft\.ContainerService\/managedClusters\/[^/]{1,200}$/i

/** An AKS cluster with Entra ID: address and authority from Azure unless given, and a token of Entra ID. */
export async function getAksAccess(
  request: ClusterRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { cluster, address, caCert, identity } = request
  const given = { server: address || undefined, caData: caCert || undefined }
  const path = given.server === undefined || given.caData === undefined ? pathOf(cluster) : undefined
  const tokens = azureTokensOf(identity, deps)
  const { token, expiresAtMs } = await tokens(aksScope, signal)
  const lookUp = async (id: string): Promise<Described & { expiresAtMs: number }> => {
    const manager = await resourceManagerOf(deps)
    const rights = await tokens(manager.scope, signal)
    const described = await describe(`${manager.endpoint}${id}`, given.server, rights.token, deps, signal)
    return { ...described, expiresAtMs: rights.expiresAtMs }
  }
  const parts = { access: 'aks', ...identityParts(identity), cluster, address }
  const described = path === undefined ? undefined : await cached(parts, () => lookUp(path), deps, signal)
  const caData = given.caData ?? described?.caData
  return {
    server: serverOf(given.server ?? described?.server ?? ''),
    ...(caData === undefined ? {} : { caData }),
    ...{ token, expiresAtMs },
  }
}

interface Described {
  readonly server: string
  readonly caData?: string
}

function pathOf(cluster: string | undefined): string {
  const segments = (cluster ?? '').split('/')
  if (!clusterId.test(cluster ?? '') || segments.some((segment) => segment === '.' || segment === '..'))
    throw new AuthError(
      'ClusterInvalid',
      `AKS cluster '${cluster ?? ''}': want /subscriptions/<id>/resourceGroups/<group>/providers/Microsoft.ContainerService/managedClusters/<name>`,
    )
  return segments.map((segment) => encodeURIComponent(segment)).join('/')
}

async function describe(
  url: string,
  address: string | undefined,
  token: string,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<Described> {
  const subject = `AKS cluster '${new URL(url).pathname}'`
  const headers = { authorization: bearerAuthorization(token) }
  const common = { subject, headers, secrets: [token], reason: azureReason }
  const send = (method: 'GET' | 'POST', path: string) =>
    sendJson(deps.http, { ...common, method, url: `${url}${path}?api-version=${apiVersion}` }, deps, signal)
  const { properties } = (await send('GET', '')) as { properties?: { aadProfile?: unknown } }
  if (typeof properties?.aadProfile !== 'object' || properties.aadProfile === null)
    throw new AuthError('ClusterInvalid', `${subject}: its Microsoft Entra ID integration is not enabled`)
  const { kubeconfigs } = await send('POST', '/listClusterUserCredential')
  const found = (Array.isArray(kubeconfigs) ? kubeconfigs : []).map((each: unknown) => readKubeconfig(each, subject))
  const wanted = address === undefined ? undefined : parseClusterAddress(address)
  const match = found.find(({ server }) => wanted === undefined || parseClusterAddress(server) === wanted)
  if (match !== undefined) return match
  const known = found.map(({ server }) => server).join(', ')
  throw new AuthError('ClusterInvalid', `${subject}: no address ${address ?? ''} among those of the cluster: ${known}`)
}

function readKubeconfig(entry: unknown, subject: string): Described {
  let config: unknown
  try {
    const text = Buffer.from(textAt(entry, 'value') ?? '', 'base64').toString('utf8')
    config = parse(text, { schema: 'failsafe', maxAliasCount: 0, uniqueKeys: false, logLevel: 'silent' })
  } catch {
    // the parser's message would quote credentials
  }
  const { clusters } = (config ?? {}) as { clusters?: unknown }
  const cluster: unknown = Array.isArray(clusters) ? (clusters as unknown[])[0] : undefined
  const server = textAt(cluster, 'cluster', 'server')
  if (server === undefined) throw new AuthError('ProtocolError', `${subject}: a kubeconfig names no server`)
  const ca = textAt(cluster, 'cluster', 'certificate-authority-data')
  return { server, ...(ca === undefined ? {} : { caData: Buffer.from(ca, 'base64').toString('utf8') }) }
}
