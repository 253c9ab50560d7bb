// SPDX-License-Identifier: Apache-2.0
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import { AuthError, gitHubAppToken, parseGitHubApp } from '../src/index.ts'
import { going, testCache, testDeps, thrown } from './deps.ts'
import { serve } from './serve.ts'
import type { Answer, Seen, Service } from './serve.ts'

const { privateKey: pem } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { format: 'pem', type: 'pkcs1' },
  publicKeyEncoding: { format: 'pem', type: 'spki' },
})
const hourMs = 3_600_000

const entries = (data: Record<string, string>): Map<string, Buffer> =>
  new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]))
const appAt = (service: Service, data: Record<string, string> = { githubAppInstallationID: '77' }) =>
  parseGitHubApp(
    entries({ githubAppID: '42', githubAppPrivateKey: pem, githubAppBaseURL: `${service.url}/api/v3/`, ...data }),
  )

/** No prime in it: nothing looks before the key is used, which would then take minutes. */
function longRsa(): string {
  const long = Buffer.alloc(4096, 0xff).toString('base64url')
  const jwk = { kty: 'RSA', n: long, e: 'AQAB', d: long, p: long, q: 'AQ', dp: 'AQ', dq: 'AQ', qi: 'AQ' }
  return createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs1' })
}

/** Checks the JWT as GitHub does: signature, issuer, at most ten minutes. Throws where it is wrong. */
function checkJwt({ headers }: Seen): void {
  const [scheme, jwt = ''] = (headers['authorization'] ?? '').split(' ')
  const [head = '', claims = '', signature = ''] = jwt.split('.')
  const good = verify(
    'sha256',
    Buffer.from(`${head}.${claims}`),
    createPublicKey(pem),
    Buffer.from(signature, 'base64url'),
  )
  const read = (part: string): Record<string, unknown> =>
    JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
  const { iss, iat, exp } = read(claims) as { iss: string; iat: number; exp: number }
  const now = Date.now() / 1000
  if (!good || scheme !== 'Bearer' || read(head)['alg'] !== 'RS256') throw new Error('the JWT is not signed')
  if (iss !== '42' || iat > now || exp < now || exp - iat > 600) throw new Error('the claims are wrong')
}

const github = (routes: Record<string, () => Answer>): Promise<Service> =>
  serve((request) => {
    checkJwt(request)
    const route = routes[`${request.method} ${request.url}`]
    return route?.() ?? { status: 404, body: { message: 'Not Found' } }
  })
const tokenPath = 'POST /api/v3/app/installations/77/access_tokens'
const token =
  (text = 'ghs_secret', lifeMs = hourMs) =>
  () => ({
    status: 201,
    body: { token: text, expires_at: new Date(Date.now() + lifeMs).toISOString() },
  })

describe('a token of a GitHub App', () => {
  it('is asked for as the App, once for all who want it', async () => {
    await using service = await github({ [tokenPath]: token() })
    const deps = testDeps({ cache: testCache() })
    const app = appAt(service)
    const [one, two] = await Promise.all([gitHubAppToken(app, deps, going), gitHubAppToken(app, deps, going)])
    expect([one.token, two.token, (await gitHubAppToken(appAt(service), deps, going)).token]).toEqual(
      Array(3).fill('ghs_secret'),
    )
    expect(service.seen).toHaveLength(1)
    expect(service.seen[0]?.headers).toMatchObject({ accept: 'application/vnd.github+json' })
  })

  it('is asked for anew shortly before it ends, and for another key', async () => {
    await using service = await github({ [tokenPath]: token('ghs_short', 0) })
    const deps = testDeps({ cache: testCache() })
    await gitHubAppToken(appAt(service), deps, going)
    await gitHubAppToken(appAt(service), deps, going)
    expect(service.seen).toHaveLength(2)
  })

  it.each([
    ['an organization', 'orgs', 1],
    ['a user', 'users', 2],
  ])('is found by an owner that is %s', async (_what, kind, looked) => {
    const found = () => ({ body: { id: 77 } })
    await using service = await github({ [`GET /api/v3/${kind}/acme%2Fx/installation`]: found, [tokenPath]: token() })
    const got = await gitHubAppToken(appAt(service, { githubAppInstallationOwner: 'acme/x' }), testDeps(), going)
    expect(got.token).toBe('ghs_secret')
    expect(service.seen).toHaveLength(looked + 1)
  })

  it.each<[string, Record<string, () => Answer>, Record<string, string>, string, string]>([
    [
      'no installation',
      {},
      { githubAppInstallationOwner: 'acme' },
      'NotFound',
      "GitHub App '42': no installation for the organization or user 'acme'",
    ],
    [
      'a refusal',
      { [tokenPath]: () => ({ status: 401, body: { message: 'A JSON web token could not be decoded' } }) },
      { githubAppInstallationID: '77' },
      'AccessDenied',
      'A JSON web token could not be decoded',
    ],
    [
      'a suspended installation',
      { [tokenPath]: () => ({ status: 403, body: { message: 'This installation has been suspended' } }) },
      { githubAppInstallationID: '77' },
      'AccessDenied',
      'This installation has been suspended',
    ],
    [
      'nonsense',
      { [tokenPath]: () => ({ body: { token: 'ghs_secret' } }) },
      { githubAppInstallationID: '77' },
      'ProtocolError',
      'the answer holds no token',
    ],
    [
      'a redirect',
      { [tokenPath]: () => ({ status: 302, headers: { location: 'https://elsewhere.example.com/' } }) },
      { githubAppInstallationID: '77' },
      'Rejected',
      'redirects are not followed',
    ],
  ])('that meets %s says so, without JWT and token', async (_what, routes, data, code, words) => {
    await using service = await github(routes)
    const error = await thrown(gitHubAppToken(appAt(service, data), testDeps(), going))
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) })
    expect(`${error.message} ${String(error.cause)}`).not.toMatch(/ghs_secret|eyJ/)
  })
})

describe('parseGitHubApp', () => {
  const base = { githubAppID: '1', githubAppPrivateKey: pem, githubAppInstallationID: '2' }

  it('takes the defaults', () => {
    expect(parseGitHubApp(entries(base))).toMatchObject({
      appId: '1',
      installation: { id: '2' },
      baseUrl: 'https://api.github.com',
    })
    const owner = {
      ...base,
      githubAppInstallationID: '',
      githubAppInstallationOwner: 'acme',
      githubAppBaseURL: 'https://ghe/api/v3',
    }
    expect(parseGitHubApp(entries(owner))).toMatchObject({
      installation: { owner: 'acme' },
      baseUrl: 'https://ghe/api/v3',
    })
  })

  it.each<[Record<string, string>, string]>([
    [{ githubAppID: '' }, "key 'githubAppID' not found"],
    [{ githubAppID: 'x' }, "'githubAppID' must be the number"],
    [{ githubAppPrivateKey: '' }, "key 'githubAppPrivateKey' not found"],
    [{ githubAppPrivateKey: 'hunter2' }, "'githubAppPrivateKey' must be an RSA private key"],
    [
      { githubAppPrivateKey: longRsa() },
      "'githubAppPrivateKey' must be an RSA private key in PEM of at most 8192 bits",
    ],
    [{ githubAppInstallationID: '' }, 'exactly one of'],
    [{ githubAppInstallationOwner: 'acme' }, 'exactly one of'],
    [{ githubAppInstallationID: '../7' }, "'githubAppInstallationID' must be the number"],
    [{ githubAppBaseURL: 'ftp://x' }, "'githubAppBaseURL' must be an address"],
    [{ githubAppBaseURL: 'https://u:hunter2@x/' }, "'githubAppBaseURL' must be an address"],
  ])('refuses %j', (changed, words) => {
    const act = () => parseGitHubApp(entries({ ...base, ...changed }))
    expect(act).toThrow(AuthError)
    expect(act).toThrow(words)
    expect(act).not.toThrow('hunter2')
  })
})
