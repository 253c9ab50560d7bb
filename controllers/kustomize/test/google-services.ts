// SPDX-License-Identifier: Apache-2.0
// Stand-ins for Google's services: assertions are verified, ServiceAccount tokens are checked with the API server.
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { reviewToken } from '@tidelock/testkit'
import { start, tls } from './cloud-services.ts'
import type { Answer, Asked, CloudService, Trust } from './cloud-services.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const email = 'sops@p.iam.gserviceaccount.com'
const pool = 'projects/1/locations/global/workloadIdentityPools/pool/providers/cluster'
const good = ['ya29.key', 'ya29.impersonated']

/** The JSON key of a service account that may use the key, as Google hands it out. */
export const keyFile: string = JSON.stringify({
  type: 'service_account',
  private_key_id: 'key-1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: email,
})

/** Annotations of a ServiceAccount that acts as the service account. */
export const annotations: Readonly<Record<string, string>> = {
  'iam.gke.io/gcp-service-account': email,
  'gcp.auth.fluxcd.io/workload-identity-provider': pool,
}

const accessToken = 'ya29.impersonated'

/** Token services that trust the ServiceAccount `decryptor`, Cloud KMS, and GKE that tells where the cluster `prod` is. */
export async function startGoogle(
  trust: Trust,
  gke?: { readonly url: string },
): Promise<CloudService & { readonly origins: Readonly<Record<string, string>> }> {
  const service = await start(async (asked) => {
    const path = decodeURIComponent(asked.path)
    if (path === '/token') return answerAssertion(asked)
    if (path === '/v1/token') return exchange(asked, trust)
    const token = asked.headers['authorization']?.replace('Bearer ', '') ?? ''
    if (path === `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`) return impersonate(token)
    if (!good.includes(token)) return refuse(403, 'no rights')
    if (path.endsWith(':decrypt')) return decrypt(path, asked)
    if (path !== '/v1/projects/p/locations/europe-west1/clusters/prod') return refuse(404, `no ${path}`)
    const clusterCaCertificate = Buffer.from(tls.ca).toString('base64')
    return [200, JSON.stringify({ endpoint: new URL(gke?.url ?? '').host, masterAuth: { clusterCaCertificate } })]
  })
  const hosts = ['oauth2', 'sts', 'iamcredentials', 'cloudkms', 'container'].map((name) => `${name}.googleapis.com`)
  return Object.assign(service, { origins: Object.fromEntries(hosts.map((host) => [host, service.url])) })
}

function refuse(code: number, message: string): Answer {
  return [code, JSON.stringify({ error: { code, message } })]
}

function answerAssertion({ body }: Asked): Answer {
  const [header = '', payload = '', signature = ''] = (new URLSearchParams(body).get('assertion') ?? '').split('.')
  const verified = createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(publicKey, signature, 'base64url')
  if (!verified) return [400, JSON.stringify({ error: 'invalid_grant', error_description: 'Invalid JWT Signature.' })]
  return [200, JSON.stringify({ access_token: 'ya29.key', expires_in: 3600, token_type: 'Bearer' })]
}

async function exchange({ body }: Asked, trust: Trust): Promise<Answer> {
  const form = new URLSearchParams(body)
  const audience = `//iam.googleapis.com/${pool}`
  const account = await reviewToken(form.get('subject_token') ?? '', audience, trust.client)
  if (form.get('audience') !== audience || account !== `system:serviceaccount:${trust.namespace}:decryptor`)
    return [400, JSON.stringify({ error: 'invalid_grant', error_description: 'the account is not trusted' })]
  return [200, JSON.stringify({ access_token: 'ya29.federated', expires_in: 3600, token_type: 'Bearer' })]
}

function impersonate(token: string): Answer {
  if (token !== 'ya29.federated') return refuse(403, 'who are you')
  return [200, JSON.stringify({ accessToken, expireTime: new Date(Date.now() + 3_600_000).toISOString() })]
}

/** The ciphertext is the data key behind the name of its key. */
function decrypt(path: string, { body }: Asked): Answer {
  const prefix = `${path.slice('/v1/'.length, -':decrypt'.length)}|`
  const { ciphertext } = JSON.parse(body) as { ciphertext: string }
  const bytes = Buffer.from(ciphertext, 'base64')
  if (bytes.subarray(0, prefix.length).toString() !== prefix) return refuse(400, 'the ciphertext is invalid')
  return [200, JSON.stringify({ plaintext: bytes.subarray(prefix.length).toString('base64') })]
}
