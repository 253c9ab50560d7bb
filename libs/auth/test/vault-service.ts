// SPDX-License-Identifier: Apache-2.0
import { serve } from './serve.ts'
import type { Answer, Seen, Service } from './serve.ts'

export const dataKey: Buffer = Buffer.alloc(32, 9)

/** What the transit engine of the tests made of the data key. */
export const enc: string = `vault:v1:${Buffer.concat([Buffer.from('sealed'), dataKey]).toString('base64')}`

/** A token of a ServiceAccount as Kubernetes issues it; the signature is the API server's business and not checked here. */
export function jwtOf(subject: string, audience: string): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  return [part({ alg: 'RS256' }), part({ sub: subject, aud: [audience] }), 'signature'].join('.')
}

/** Vault's transit engine at `sops/team` with the key `main`, and a log-in for the role `apps_decryptor`. `tokens` are good ones. */
export async function serveVault(tokens: Set<string>): Promise<Service> {
  const service = await serve((request) => {
    if (request.method !== 'PUT' || request.headers['x-vault-request'] !== 'true') return { status: 405 }
    if (request.url === '/v1/ns1/auth/kubernetes/login') return logIn(request, service.url, tokens)
    if (!tokens.has(request.headers['x-vault-token'] ?? ''))
      return { status: 403, body: { errors: ['permission denied'] } }
    if (request.url !== '/v1/sops/team/decrypt/main') return { status: 404, body: { errors: [] } }
    return decrypt(request)
  })
  return service
}

function decrypt(request: Seen): Answer {
  const { ciphertext } = JSON.parse(request.body) as { ciphertext: string }
  const bytes = Buffer.from(ciphertext.replace(/^vault:v1:/, ''), 'base64')
  if (!ciphertext.startsWith('vault:v1:') || bytes.subarray(0, 6).toString() !== 'sealed')
    return { status: 400, body: { errors: [`cipher: message authentication failed for ${ciphertext}`] } }
  return { body: { data: { plaintext: bytes.subarray(6).toString('base64') } } }
}

function logIn(request: Seen, address: string, tokens: Set<string>): Answer {
  const { role, jwt } = JSON.parse(request.body) as { role: string; jwt: string }
  const claims = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>
  const [audience] = claims['aud'] as string[]
  if (role !== 'apps_decryptor' || claims['sub'] !== 'system:serviceaccount:apps:decryptor' || audience !== address)
    return { status: 400, body: { errors: [`invalid role or token ${jwt}`] } }
  const token = `hvs.${tokens.size}`
  tokens.add(token)
  return { body: { auth: { client_token: token, lease_duration: 3600 } } }
}
