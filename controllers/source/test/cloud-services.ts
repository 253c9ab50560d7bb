// SPDX-License-Identifier: Apache-2.0
// Stand-ins for the token services of clouds: they check ServiceAccount tokens with the API server, as the real ones do by its keys.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KubeClient } from '@tidelock/kube'
import { reviewToken } from '@tidelock/testkit'

const tenant = '11111111-2222-3333-4444-555555555555'
const clientId = '99999999-2222-3333-4444-555555555555'
const email = 'pull@p.iam.gserviceaccount.com'
const pool = 'projects/1/locations/global/workloadIdentityPools/pool/providers/cluster'
const sessionToken = 'role-session-token'
const inAnHour = (): number => Math.floor(Date.now() / 1000) + 3600

/** A ServiceAccount with these may act at every cloud. */
export const annotations: Readonly<Record<string, string>> = {
  'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/pull',
  'azure.workload.identity/tenant-id': tenant,
  'azure.workload.identity/client-id': clientId,
  'iam.gke.io/gcp-service-account': email,
  'gcp.auth.fluxcd.io/workload-identity-provider': pool,
}

const refreshToken = `h.${Buffer.from(JSON.stringify({ exp: inAnHour() })).toString('base64url')}.s`

/** What the servers of the clouds take, by host: the value of the Authorization header, or what it has to look like. */
export const accepted: Readonly<Record<string, RegExp>> = {
  '123456789012.dkr.ecr.eu-west-1.amazonaws.com': basic('AWS:ecr-token'),
  'team.azurecr.io': basic(`00000000-0000-0000-0000-000000000000:${refreshToken}`),
  'europe-docker.pkg.dev': basic('oauth2accesstoken:ya29.impersonated'),
  'dev.azure.com': /^Bearer aad:499b84ac-1321-427f-aa17-267ca6975798\/\.default$/,
  'git-codecommit.eu-west-1.amazonaws.com': new RegExp(
    `^Basic ${Buffer.from(`ASIAROLE%${sessionToken}:`).toString('base64').slice(0, -4)}`,
  ),
}
/** What must show nowhere. */
export const secrets: RegExp = /eyJ|ecr-token|role-session-token|ya29\.|aad:|role-secret/

function basic(text: string): RegExp {
  return new RegExp(`^Basic ${RegExp.escape(Buffer.from(text).toString('base64'))}$`)
}

/** The token services; disposing ends them. */
export interface CloudServices extends AsyncDisposable {
  /** For AWS and Google. */
  readonly plainUrl: string
  /** For Entra ID, which speaks TLS only. */
  readonly tlsUrl: string
}

/** Serves AWS' STS and ECR, Google's token services and Entra ID; all trust the ServiceAccount `puller` of the namespace. */
export async function startClouds(client: KubeClient, namespace: string): Promise<CloudServices> {
  const trusts = async (token: string | null, audience: string): Promise<boolean> =>
    (await reviewToken(token ?? '', audience, client)) === `system:serviceaccount:${namespace}:puller`
  const read = (name: string): string => readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url), 'utf8')
  const plain = createServer(answering((path, form, headers) => answerPlain(path, form, headers, trusts)))
  const tls: Server = createTlsServer(
    { cert: read('server.crt'), key: read('server.key') },
    answering((path, form) => answerEntra(path, form, `https://localhost:${portOf(tls)}`, trusts)),
  )
  await Promise.all([plain, tls].map((server) => new Promise<void>((done) => void server.listen(0, '127.0.0.1', done))))
  return {
    plainUrl: `http://127.0.0.1:${portOf(plain)}`,
    tlsUrl: `https://localhost:${portOf(tls)}`,
    [Symbol.asyncDispose]: async () => {
      for (const server of [plain, tls]) {
        server.closeAllConnections()
        server.close()
      }
    },
  }
}

/** The exchange of a token of Entra ID for one of the registry. */
export const acrAnswer: { readonly status: number; readonly body: string } = {
  status: 200,
  body: JSON.stringify({ refresh_token: refreshToken }),
}

type Trusts = (token: string | null, audience: string) => Promise<boolean>
type Answer = readonly [status: number, body: unknown]

function portOf(server: { address(): unknown }): number {
  return (server.address() as AddressInfo).port
}

function answering(
  handle: (path: string, form: URLSearchParams, headers: IncomingMessage['headers']) => Promise<Answer>,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const answer = async (): Promise<void> => {
      const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>)
      const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
      const path = decodeURIComponent(request.url ?? '').split('?')[0] ?? ''
      const [status, body] = await handle(path, form, request.headers)
      const isText = typeof body === 'string'
      response.writeHead(status, { 'content-type': isText ? 'text/xml' : 'application/json' })
      response.end(isText ? body : JSON.stringify(body))
    }
    answer().catch((error: unknown) => response.writeHead(599).end(String(error)))
  }
}

async function answerPlain(
  path: string,
  form: URLSearchParams,
  headers: IncomingMessage['headers'],
  trusts: Trusts,
): Promise<Answer> {
  if (path === '/v1/token') {
    const audience = `//iam.googleapis.com/${pool}`
    if (!(await trusts(form.get('subject_token'), audience)))
      return [400, { error: 'invalid_grant', error_description: 'the account is not trusted' }]
    return [200, { access_token: 'ya29.federated', expires_in: 3600, token_type: 'Bearer' }]
  }
  if (path === `/v1/projects/-/serviceAccounts/${email}:generateAccessToken`) {
    if (headers.authorization !== 'Bearer ya29.federated') return [403, { error: { message: 'who are you' } }]
    return [200, { accessToken: 'ya29.impersonated', expireTime: new Date(inAnHour() * 1000).toISOString() }]
  }
  if (String(headers['x-amz-target']).endsWith('.GetAuthorizationToken')) {
    if (headers['x-amz-security-token'] !== sessionToken) return [400, { __type: 'UnrecognizedClientException' }]
    const authorizationToken = Buffer.from('AWS:ecr-token').toString('base64')
    return [200, { authorizationData: [{ authorizationToken, expiresAt: inAnHour() }] }]
  }
  return assumeRole(form, trusts)
}

async function assumeRole(form: URLSearchParams, trusts: Trusts): Promise<Answer> {
  if (!(await trusts(form.get('WebIdentityToken'), 'sts.amazonaws.com')))
    return [400, '<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no</Message></Error></ErrorResponse>']
  const expires = new Date(inAnHour() * 1000).toISOString()
  const credentials = `<AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>${sessionToken}</SessionToken><Expiration>${expires}</Expiration>`
  const result = `<AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>`
  return [
    200,
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleWithWebIdentityResponse>`,
  ]
}

async function answerEntra(path: string, form: URLSearchParams, url: string, trusts: Trusts): Promise<Answer> {
  const base = `${url}/${tenant}`
  if (path === `/${tenant}/v2.0/.well-known/openid-configuration`) {
    const endpoints = { token_endpoint: `${base}/oauth2/v2.0/token`, jwks_uri: `${base}/keys` }
    return [200, { ...endpoints, issuer: `${base}/v2.0`, authorization_endpoint: `${base}/oauth2/v2.0/authorize` }]
  }
  const isTrusted = await trusts(form.get('client_assertion'), 'api://AzureADTokenExchange')
  if (form.get('client_id') !== clientId || !isTrusted)
    return [401, { error: 'invalid_client', error_description: 'AADSTS700213: not trusted' }]
  const scope = form
    .get('scope')
    ?.split(' ')
    .find((each) => each.endsWith('.default'))
  return [200, { token_type: 'Bearer', expires_in: 3599, access_token: `aad:${scope}` }]
}
