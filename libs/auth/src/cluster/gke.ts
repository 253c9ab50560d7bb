// SPDX-License-Identifier: Apache-2.0
import { bearerAuthorization } from '@tidelock/http'
import { cached, identityParts } from '../cached.ts'
import type { AuthDeps } from '../deps.ts'
import { AuthError } from '../errors.ts'
import { googleReason } from '../gcp/gcp-error.ts'
import { gcpTokensOf } from '../gcp/tokens.ts'
import { originOf } from '../gcp/transport.ts'
import { sendJson, textAt } from '../send-json.ts'
import { serverOf } from './address.ts'
import type { ClusterAccess, ClusterRequest } from './types.ts'

const clusterName = /^projects\/[^/]{1,200}\/locations\/[^/]{1,200}\/clusters\/[^/]{1,200}$/

/** A GKE cluster: address and authority from GKE unless given, and an access token of Google. */
export async function getGkeAccess(
  request: ClusterRequest,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<ClusterAccess> {
  const { cluster, address, caCert, identity } = request
  const given = { server: address || undefined, caData: caCert || undefined }
  const path = given.server === undefined || given.caData === undefined ? pathOf(cluster) : undefined
  const { token, expiresAtMs } = await gcpTokensOf(identity, deps)(signal)
  const parts = { access: 'gke', ...identityParts(identity), cluster }
  const described =
    path === undefined
      ? undefined
      : await cached(parts, () => describe(path, token, expiresAtMs, deps, signal), deps, signal)
  const caData = given.caData ?? described?.caData
  return {
    server: serverOf(given.server ?? described?.server ?? ''),
    ...(caData === undefined ? {} : { caData }),
    ...{ token, expiresAtMs },
  }
}

function pathOf(cluster: string | undefined): string {
  const segments = (cluster ?? '').split('/')
  if (!clusterName.test(cluster ?? '') || segments.some((segment) => segment === '.' || segment === '..'))
    throw new AuthError(
      'ClusterInvalid',
      `GKE cluster '${cluster ?? ''}': want projects/<project>/locations/<location>/clusters/<name>`,
    )
  return segments.map((segment) => encodeURIComponent(segment)).join('/')
}

async function describe(
  path: string,
  token: string,
  expiresAtMs: number,
  deps: AuthDeps,
  signal: AbortSignal,
): Promise<{ server: string; caData: string; expiresAtMs: number }> {
  const subject = `GKE cluster '${path}'`
  const url = originOf(`https://container.googleapis.com/v1/${path}`, deps)
  const headers = { authorization: bearerAuthorization(token) }
  const asked = { subject, method: 'GET' as const, url, headers, secrets: [token], reason: googleReason }
  const body = await sendJson(deps.http, asked, deps, signal)
  const [endpoint, ca] = [textAt(body, 'endpoint'), textAt(body, 'masterAuth', 'clusterCaCertificate')]
  if (endpoint === undefined || ca === undefined)
    throw new AuthError('ProtocolError', `${subject}: has no address or certificate authority yet`)
  return { server: endpoint, caData: Buffer.from(ca, 'base64').toString('utf8'), expiresAtMs }
}
