// SPDX-License-Identifier: Apache-2.0
import { constants, createPublicKey, createVerify, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { serve } from './serve.ts'
import type { Answer, Seen, Service } from './serve.ts'

const tlsDirectory = join(import.meta.dirname, '../../http/testdata/tls')
const read = (name: string): string => readFileSync(join(tlsDirectory, name), 'utf8')

/** The authority of the services' certificates. */
export const ca: string = read('ca.crt')
export const tls: { readonly cert: string; readonly key: string } = {
  cert: read('server.crt'),
  key: read('server.key'),
}

export const tenant = '11111111-2222-3333-4444-555555555555'
export const clientId = '99999999-2222-3333-4444-555555555555'
export const clientSecret = 'the~client~secret'
export const certificatePem: string = readFileSync(join(import.meta.dirname, '../testdata/azure-client.pem'), 'utf8')
export const encryptedPem: string = readFileSync(
  join(import.meta.dirname, '../testdata/azure-client-encrypted.pem'),
  'utf8',
)
export const dataKey: Buffer = Buffer.alloc(32, 3)
export const enc: string = Buffer.concat([Buffer.from('sealed'), dataKey]).toString('base64url')
export const subscription = `/subscriptions/${tenant}/resourceGroups/group/providers/Microsoft.ContainerService/managedClusters/prod`

/** Entra ID, a Key Vault and the resource manager at one origin. Secrets, assertions and scopes are checked; tokens say what they are for. */
export async function serveAzure(): Promise<Service> {
  const service = await serve((request) => {
    const path = request.url.split('?')[0] ?? ''
    if (path === `/${tenant}/v2.0/.well-known/openid-configuration`) return discovery(service.url)
    if (path === `/${tenant}/oauth2/v2.0/token`) return issue(request, service.url)
    if (path.startsWith('/keys/')) return decrypt(request, path)
    if (path.startsWith('/subscriptions/')) return describe(request, path)
    return refusal(404, 'KeyNotFound', `no ${path}`)
  }, tls)
  return service
}

function refusal(status: number, code: string, message: string): Answer {
  return { status, body: { error: { code, message } } }
}

function discovery(url: string): Answer {
  const base = `${url}/${tenant}`
  return {
    body: {
      ...{ token_endpoint: `${base}/oauth2/v2.0/token`, issuer: `${base}/v2.0`, jwks_uri: `${base}/keys` },
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    },
  }
}

function issue(request: Seen, url: string): Answer {
  const form = Object.fromEntries(new URLSearchParams(request.body))
  const good = form['client_id'] === clientId && form['grant_type'] === 'client_credentials' && proven(form, url)
  if (!good) {
    const description = `AADSTS7000215: Invalid client secret or assertion ${form['client_secret'] ?? form['client_assertion']}. Trace ID: 1`
    return { status: 401, body: { error: 'invalid_client', error_description: description } }
  }
  const token = `aad:${form['scope']?.split(' ').find((scope) => scope.endsWith('.default'))}`
  return { body: { token_type: 'Bearer', expires_in: 3599, ext_expires_in: 3599, access_token: token } }
}

function proven(form: Record<string, string>, url: string): boolean {
  if (form['client_secret'] !== undefined) return form['client_secret'] === clientSecret
  const assertion = form['client_assertion'] ?? ''
  if (form['client_assertion_type'] !== 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer') return false
  if (assertion === 'jwt-for-api://AzureADTokenExchange') return true
  const [header = '', payload = '', signature = ''] = assertion.split('.')
  const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const { alg, x5c } = decode(header)
  const { aud, iss } = decode(payload)
  // a sent chain must be that of the certificate
  const chain = new X509Certificate(certificatePem).raw.toString('base64')
  if (x5c !== undefined && JSON.stringify([x5c].flat()) !== JSON.stringify([chain])) return false
  const padding = alg === 'PS256' ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING
  const key = { key: createPublicKey(certificatePem), padding }
  const verified = createVerify('sha256').update(`${header}.${payload}`).verify(key, signature, 'base64url')
  return verified && iss === clientId && aud === `${url}/${tenant}/oauth2/v2.0/token`
}

function decrypt(request: Seen, path: string): Answer {
  const authorization = request.headers['authorization']
  if (authorization === undefined) {
    const challenge = `Bearer authorization="https://login.example/${tenant}", resource="https://localhost"`
    return { ...refusal(401, 'Unauthorized', 'no token'), headers: { 'www-authenticate': challenge } }
  }
  if (!/^Bearer (?:aad|msi):https:\/\/localhost(?:\/\.default)?$/.test(authorization))
    return refusal(403, 'Forbidden', `Caller is not authorized to perform action, with ${authorization}`)
  if (path !== '/keys/main/v1/decrypt') return refusal(404, 'KeyNotFound', `A key with ${path} was not found`)
  const { alg, value } = JSON.parse(request.body) as { alg: string; value: string }
  const bytes = Buffer.from(value, 'base64url')
  if (alg !== 'RSA-OAEP-256' || bytes.subarray(0, 6).toString() !== 'sealed')
    return refusal(400, 'BadParameter', `decryption failed for ${value}`)
  return { body: { kid: 'https://localhost/keys/main/v1', value: bytes.subarray(6).toString('base64url') } }
}

function describe(request: Seen, path: string): Answer {
  const expected = 'Bearer aad:https://management.azure.test/.default'
  if (request.headers['authorization'] !== expected) return refusal(403, 'AuthorizationFailed', 'no rights')
  if (request.method === 'GET') return { body: { properties: path.endsWith('/prod') ? { aadProfile: {} } : {} } }
  const kubeconfig = (server: string): { value: string } => {
    const certificate = Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64')
    const text = `apiVersion: v1\nclusters:\n- name: prod\n  cluster:\n    server: ${server}\n    certificate-authority-data: ${certificate}\nusers: []\n`
    return { value: Buffer.from(text).toString('base64') }
  }
  return {
    body: {
      kubeconfigs: [kubeconfig('https://prod.hcp.azmk8s.io:443'), kubeconfig('https://prod.private.azmk8s.io:443')],
    },
  }
}

/** The instance metadata service of a virtual machine with a user-assigned identity. */
export function serveInstanceMetadata(): Promise<Service> {
  return serve((request) => {
    const query = new URL(request.url, 'http://x').searchParams
    if (request.headers['metadata'] !== 'true' || query.get('client_id') !== clientId) return { status: 400, body: {} }
    const expires = Math.floor(Date.now() / 1000) + 3600
    const token = `msi:${query.get('resource')}`
    return {
      body: { access_token: token, expires_on: String(expires), resource: query.get('resource'), token_type: 'Bearer' },
    }
  })
}
