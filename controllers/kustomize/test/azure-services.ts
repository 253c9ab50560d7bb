// SPDX-License-Identifier: Apache-2.0
// Stand-ins for Azure's services: secrets are compared, ServiceAccount tokens are checked with the API server.
import { reviewToken } from '@tidelock/testkit'
import { start, tls } from './cloud-services.ts'
import type { Answer, Asked, CloudService, Trust } from './cloud-services.ts'

const tenant = '11111111-2222-3333-4444-555555555555'
const clientId = '99999999-2222-3333-4444-555555555555'
const clientSecret = 'the~client~secret'

/** Annotations of a ServiceAccount that acts as the client. */
export const annotations: Readonly<Record<string, string>> = {
  'azure.workload.identity/tenant-id': tenant,
  'azure.workload.identity/client-id': clientId,
}
/** The cluster that the resource manager knows. */
export const clusterId = `/subscriptions/${tenant}/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/prod`
/** Who is meant by tokens for the resource manager. */
export const managerAudience = 'https://management.azure.test'

/** The login of the client for the entry of a key Secret. */
export function loginAt(authorityHost: string): string {
  return JSON.stringify({ tenantId: tenant, clientId, clientSecret, authorityHost })
}

/** Entra ID, which trusts the client's secret and the ServiceAccount `decryptor`; a Key Vault; and the resource manager. */
export async function startAzure(trust: Trust, aks?: { readonly url: string }): Promise<CloudService> {
  const service: CloudService = await start(async (asked) => {
    const path = asked.path.split('?')[0] ?? ''
    if (path === `/${tenant}/v2.0/.well-known/openid-configuration`) return discover(service.url)
    if (path === `/${tenant}/oauth2/v2.0/token`) return issue(asked, trust)
    const token = asked.headers['authorization']?.replace('Bearer ', '')
    if (path.startsWith('/keys/')) return decrypt(path, token, asked)
    if (token !== `aad:${managerAudience}/.default`) return refuse(403, 'AuthorizationFailed')
    return path === clusterId
      ? [200, JSON.stringify({ properties: { aadProfile: {} } })]
      : [200, JSON.stringify({ kubeconfigs: [{ value: kubeconfig(aks?.url ?? '') }] })]
  }, tls)
  return service
}

function refuse(status: number, code: string): Answer {
  return [status, JSON.stringify({ error: { code, message: code } })]
}

function discover(url: string): Answer {
  const base = `${url}/${tenant}`
  return [
    200,
    JSON.stringify({
      ...{ token_endpoint: `${base}/oauth2/v2.0/token`, issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` },
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    }),
  ]
}

async function issue({ body }: Asked, trust: Trust): Promise<Answer> {
  const form = Object.fromEntries(new URLSearchParams(body))
  const { client_assertion: assertion, client_secret: secret, scope = '' } = form
  const account = await (assertion === undefined
    ? undefined
    : reviewToken(assertion, 'api://AzureADTokenExchange', trust.client))
  const proven = secret === clientSecret || account === `system:serviceaccount:${trust.namespace}:decryptor`
  if (form['client_id'] !== clientId || !proven)
    return [401, JSON.stringify({ error: 'invalid_client', error_description: 'AADSTS700213: not trusted' })]
  const token = `aad:${scope.split(' ').find((each) => each.endsWith('.default'))}`
  return [200, JSON.stringify({ token_type: 'Bearer', expires_in: 3599, access_token: token })]
}

/** The ciphertext is the data key behind `sealed`. */
function decrypt(path: string, token: string | undefined, { body }: Asked): Answer {
  if (token === undefined) {
    const challenge = `Bearer authorization="https://login.example/${tenant}", resource="https://localhost"`
    return [...(refuse(401, 'Unauthorized') as [number, string]), { 'www-authenticate': challenge }]
  }
  if (token !== 'aad:https://localhost/.default') return refuse(403, 'Forbidden')
  if (path !== '/keys/main/v1/decrypt') return refuse(404, 'KeyNotFound')
  const bytes = Buffer.from((JSON.parse(body) as { value: string }).value, 'base64url')
  if (bytes.subarray(0, 6).toString() !== 'sealed') return refuse(400, 'BadParameter')
  return [200, JSON.stringify({ value: bytes.subarray(6).toString('base64url') })]
}

function kubeconfig(server: string): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(tls.ca).toString('base64') }
  return Buffer.from(JSON.stringify({ clusters: [{ name: 'prod', cluster }] })).toString('base64')
}
