// SPDX-License-Identifier: Apache-2.0
import { createVerify, generateKeyPairSync } from 'node:crypto'
import { serve } from './serve.ts'
import type { Answer, Seen, Service } from './serve.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })

export const dataKey: Buffer = Buffer.alloc(32, 5)
export const resourceId = 'projects/p/locations/global/keyRings/sops/cryptoKeys/main'
export const enc: string = Buffer.from(`sealed by ${resourceId}`).toString('base64')
export const email = 'sops@p.iam.gserviceaccount.com'

/** The JSON key of the service account, as Google hands it out. */
export const keyFile: string = JSON.stringify({
  type: 'service_account',
  project_id: 'p',
  private_key_id: 'key-1',
  private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  client_email: email,
  token_uri: 'https://oauth2.googleapis.com/token',
})

/** What workload identity tokens the token service takes: subject token → audience. */
export type Trusted = Readonly<Record<string, string>>

/** Google's token services, Cloud KMS, GKE and the metadata server, all at one origin. Assertions are verified. */
export async function serveGoogle(trusted: Trusted = {}): Promise<Service & { origins: Record<string, string> }> {
  const routes: Readonly<Record<string, (request: Seen) => Answer>> = {
    '/token': oauth,
    '/v1/token': (request) => tokenExchange(request, trusted),
    [`/v1/projects/-/serviceAccounts/${email}:generateAccessToken`]: impersonate,
    [`/v1/${resourceId}:decrypt`]: decrypt,
    '/v1/projects/p/locations/europe-west1/clusters/prod': describe,
    '/computeMetadata/v1/project/project-id': (request) => metadata(request, 'p'),
    '/computeMetadata/v1/instance/attributes/cluster-location': (request) => metadata(request, 'europe-west1'),
    '/computeMetadata/v1/instance/attributes/cluster-name': (request) => metadata(request, 'home'),
  }
  const service = await serve(
    (request) => routes[decodeURIComponent(request.url)]?.(request) ?? refusal(404, `no ${request.url}`),
  )
  const hosts = ['oauth2', 'sts', 'iamcredentials', 'cloudkms', 'container'].map((name) => `${name}.googleapis.com`)
  return Object.assign(service, { origins: Object.fromEntries(hosts.map((host) => [host, service.url])) })
}

function refusal(code: number, message: string): Answer {
  return { status: code, body: { error: { code, message, status: 'X' } } }
}

function oauth(request: Seen): Answer {
  const form = new URLSearchParams(request.body)
  const [header = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  const verified = createVerify('RSA-SHA256').update(`${header}.${payload}`).verify(publicKey, signature, 'base64url')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, string>
  if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer' || !verified || claims['iss'] !== email)
    return { status: 400, body: { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' } }
  if (!claims['scope']?.includes('https://www.googleapis.com/auth/cloud-platform')) return refusal(400, 'scope')
  return { body: { access_token: 'ya29.key', expires_in: 3600, token_type: 'Bearer' } }
}

function tokenExchange(request: Seen, trusted: Trusted): Answer {
  const form = Object.fromEntries(new URLSearchParams(request.body))
  const { audience, subject_token: subject = '', subject_token_type: type } = form
  if (
    type !== 'urn:ietf:params:oauth:token-type:jwt' ||
    trusted[subject] === undefined ||
    trusted[subject] !== audience
  )
    return { status: 400, body: { error: 'invalid_grant', error_description: `untrusted ${subject}` } }
  return {
    body: {
      ...{ access_token: 'ya29.federated', expires_in: 3600, token_type: 'Bearer' },
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    },
  }
}

function impersonate(request: Seen): Answer {
  if (request.headers['authorization'] !== 'Bearer ya29.federated') return refusal(403, 'who are you')
  const { scope } = JSON.parse(request.body) as { scope: string[] }
  if (!scope.includes('https://www.googleapis.com/auth/cloud-platform')) return refusal(400, 'scope')
  return { body: { accessToken: 'ya29.impersonated', expireTime: new Date(Date.now() + 3_600_000).toISOString() } }
}

const good = new Set(['Bearer ya29.key', 'Bearer ya29.federated', 'Bearer ya29.impersonated'])

function decrypt(request: Seen): Answer {
  const authorization = request.headers['authorization'] ?? ''
  if (!good.has(authorization)) return refusal(401, `bad token ${authorization}`)
  const { ciphertext } = JSON.parse(request.body) as { ciphertext: string }
  if (ciphertext !== enc) return refusal(400, `Decryption failed: the ciphertext is invalid: ${ciphertext}`)
  return { body: { plaintext: dataKey.toString('base64'), usedPrimary: true } }
}

function describe(request: Seen): Answer {
  if (!good.has(request.headers['authorization'] ?? ''))
    return refusal(403, 'Required "container.clusters.get" permission')
  const clusterCaCertificate = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')
  return { body: { endpoint: '203.0.113.7', masterAuth: { clusterCaCertificate } } }
}

function metadata(request: Seen, value: string): Answer {
  if (request.headers['metadata-flavor'] !== 'Google') return { status: 403 }
  return { headers: { 'content-type': 'text/plain', 'metadata-flavor': 'Google' }, body: value }
}
