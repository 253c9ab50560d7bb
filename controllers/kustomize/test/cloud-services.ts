// SPDX-License-Identifier: Apache-2.0
// Stand-ins for AWS and Vault that check ServiceAccount tokens with the API server, as the real ones do by its keys.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { KubeClient } from '@tidelock/kube'
import { reviewToken } from '@tidelock/testkit'

/** What a service is asked. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** What it answers: the body is JSON, or XML. */
export type Answer = readonly [status: number, body: string, headers?: Readonly<Record<string, string>>]

/** A service on loopback; disposing ends it. */
export interface CloudService extends AsyncDisposable {
  readonly url: string
}

/** What a service trusts. */
export interface Trust {
  readonly client: KubeClient
  readonly namespace: string
}

/** The certificate of services that speak TLS, and whom to trust for it. */
export const tls: { readonly cert: string; readonly key: string; readonly ca: string } = {
  cert: readTls('server.crt'),
  key: readTls('server.key'),
  ca: readTls('ca.crt'),
}

function readTls(name: string): string {
  return readFileSync(join(import.meta.dirname, '../../../libs/http/testdata/tls', name), 'utf8')
}

const roleSecrets = { id: 'ASIAROLE', token: 'role-session-token' }

/**
 * KMS for one user's access key `AKIAUSER`, STS that gives the role `decrypt` to the ServiceAccount `decryptor`, and EKS that tells that
 * role where the cluster `prod` is.
 */
export function startAws(trust: Trust, eks?: { readonly url: string }): Promise<CloudService> {
  return start(async ({ path, headers, body }) => {
    if (path === '/clusters/prod' && headers['x-amz-security-token'] === roleSecrets.token) {
      const certificateAuthority = { data: Buffer.from(tls.ca).toString('base64') }
      return [200, JSON.stringify({ cluster: { name: 'prod', endpoint: eks?.url, certificateAuthority } })]
    }
    if (headers['x-amz-target'] !== 'TrentService.Decrypt') return assumeRole(body, trust)
    const authorization = headers['authorization'] ?? ''
    const asRole = authorization.includes(`Credential=${roleSecrets.id}/`)
    const known = asRole
      ? headers['x-amz-security-token'] === roleSecrets.token
      : authorization.includes('Credential=AKIAUSER/')
    if (!known) return [400, JSON.stringify({ __type: 'UnrecognizedClientException', message: 'who are you' })]
    const { KeyId, CiphertextBlob, EncryptionContext } = JSON.parse(body) as Record<string, string>
    const blob = Buffer.from(CiphertextBlob ?? '', 'base64')
    const prefix = `${KeyId}|${JSON.stringify(EncryptionContext)}|`
    if (blob.subarray(0, prefix.length).toString() !== prefix)
      return [400, JSON.stringify({ __type: 'InvalidCiphertextException' })]
    return [200, JSON.stringify({ KeyId, Plaintext: blob.subarray(prefix.length).toString('base64') })]
  })
}

async function assumeRole(body: string, trust: Trust): Promise<Answer> {
  const form = new URLSearchParams(body)
  const account = await reviewToken(form.get('WebIdentityToken') ?? '', 'sts.amazonaws.com', trust.client)
  if (account !== `system:serviceaccount:${trust.namespace}:decryptor`)
    return [400, '<ErrorResponse><Error><Code>InvalidIdentityToken</Code><Message>no</Message></Error></ErrorResponse>']
  const expires = new Date(Date.now() + 3_600_000).toISOString()
  const credentials = `<AccessKeyId>${roleSecrets.id}</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>${roleSecrets.token}</SessionToken><Expiration>${expires}</Expiration>`
  const result = `<AssumeRoleWithWebIdentityResult><Credentials>${credentials}</Credentials></AssumeRoleWithWebIdentityResult>`
  return [
    200,
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${result}</AssumeRoleWithWebIdentityResponse>`,
  ]
}

/** Vault with the transit key `sops/team/main`, the token `hvs.user`, and a log-in for the role of the ServiceAccount `decryptor`. */
export async function startVault(trust: Trust): Promise<CloudService> {
  const tokens = new Set(['hvs.user'])
  const service: CloudService = await start(async ({ path, headers, body }) => {
    const given = JSON.parse(body) as { role?: string; jwt?: string; ciphertext?: string }
    if (path === '/v1/auth/kubernetes/login') {
      const account = await reviewToken(given.jwt ?? '', service.url, trust.client)
      const expected = `system:serviceaccount:${trust.namespace}:decryptor`
      if (account !== expected || given.role !== `${trust.namespace}_decryptor`)
        return [403, JSON.stringify({ errors: ['permission denied'] })]
      tokens.add('hvs.login')
      return [200, JSON.stringify({ auth: { client_token: 'hvs.login', lease_duration: 60 } })]
    }
    if (!tokens.has(headers['x-vault-token'] ?? '')) return [403, JSON.stringify({ errors: ['permission denied'] })]
    const sealed = Buffer.from((given.ciphertext ?? '').replace('vault:v1:', ''), 'base64')
    if (path !== '/v1/sops/team/decrypt/main') return [404, JSON.stringify({ errors: [] })]
    return [200, JSON.stringify({ data: { plaintext: sealed.subarray('sealed'.length).toString('base64') } })]
  })
  return service
}

/** Serves on loopback, by TLS with a certificate for `localhost` if one is given; what the handler throws becomes status 599. */
export async function start(
  handle: (asked: Asked) => Promise<Answer>,
  tls?: { readonly cert: string; readonly key: string },
): Promise<CloudService> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const answer = async (): Promise<void> => {
      const [status, body, headers] = await read(request).then(handle)
      const type = body.startsWith('<') ? 'text/xml' : 'application/json'
      response.writeHead(status, { 'content-type': type, ...headers }).end(body)
    }
    answer().catch((error: unknown) => response.writeHead(599).end(String(error)))
  }
  const server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  return { method: request.method ?? '', path: request.url ?? '', headers: request.headers as Asked['headers'], body }
}
