// SPDX-License-Identifier: Apache-2.0
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Receiver, ReceiverType } from '@tidelock/api'
import { createHttpClient } from '@tidelock/http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { checkOidcExpressions } from '../src/webhooks/generic-oidc.ts'
import { createOidcTokens } from '../src/webhooks/oidc-tokens.ts'
import type { OidcTokens } from '../src/webhooks/oidc-tokens.ts'
import { verifiers } from '../src/webhooks/table.ts'
import type { Verdict } from '../src/webhooks/verifier.ts'

const noOidc: OidcTokens = { verify: () => Promise.reject(new Error('not asked')) }

function receiverOf(type: ReceiverType, spec: Partial<Receiver['spec']> = {}): Receiver {
  return {
    apiVersion: 'notification.toolkit.fluxcd.io/v1',
    kind: 'Receiver',
    metadata: { name: 'hook', namespace: 'apps' },
    spec: { type, resources: [], ...spec },
  }
}

function check(
  type: ReceiverType,
  request: { headers?: Record<string, string>; body?: string },
  { receiver = receiverOf(type), oidc = noOidc, now = Date.now() } = {},
): Verdict | Promise<Verdict> {
  const { headers = {}, body = '{}' } = request
  const verifier = verifiers[type]
  if (verifier === undefined) throw new Error(`no verifier for ${type}`)
  const context = { receiver, token: 'the-token', secret: new Map<string, Buffer>(), oidc, now: () => now }
  const { signal } = new AbortController()
  return verifier.verify({ headers, body: Buffer.from(body) }, { ...context, signal })
}

const hmac = (algorithm: string, body: string, token = 'the-token'): string =>
  createHmac(algorithm, token).update(body).digest('hex')
const json = { 'content-type': 'application/json' }
const nexusHeader = 'x-nexus-webhook-signature'

describe('verifiers', () => {
  it.each<[ReceiverType, Record<string, string>, string]>([
    ['gitlab', { 'x-gitlab-token': 'the-token' }, '{}'],
    ['harbor', { authorization: 'the-token' }, '{}'],
    ['bitbucket', { ...json, 'x-hub-signature': `sha256=${hmac('sha256', '{}')}` }, '{}'],
    ['nexus', { [nexusHeader]: hmac('sha1', '{"action":"CREATED"}') }, '{"action":"CREATED"}'],
    ['dockerhub', {}, '{"push_data":{"tag":"1"},"repository":{"repo_url":"https://hub/x"}}'],
    ['dockerhub', {}, '{}'],
    ['quay', {}, '{"docker_url":"quay.io/x"}'],
    ['acr', {}, '{"action":"push","target":{"repository":"x","tag":"1"}}'],
  ])('%s takes what its service sends', async (type, headers, body) => {
    expect(await check(type, { headers, body })).toEqual({ kind: 'accepted' })
  })
  it.each<[ReceiverType, Record<string, string>, string]>([
    ['gitlab', {}, '{}'],
    ['gitlab', { 'x-gitlab-token': 'the-toke' }, '{}'],
    ['gitlab', { 'x-gitlab-token': 'the-token ' }, '{}'],
    ['harbor', {}, '{}'],
    ['harbor', { authorization: 'Bearer the-token' }, '{}'],
    ['bitbucket', json, '{}'],
    ['bitbucket', { ...json, 'x-hub-signature': `sha256=${hmac('sha256', '{}', 'other')}` }, '{}'],
    ['nexus', {}, '{}'],
    ['nexus', { [nexusHeader]: hmac('sha1', '{} ') }, '{}'],
    ['nexus', { [nexusHeader]: hmac('sha256', '{}') }, '{}'],
    ['nexus', { [nexusHeader]: hmac('sha1', 'no json') }, 'no json'],
    ['dockerhub', {}, 'no json'],
    ['dockerhub', {}, '{"push_data":{"tag":7}}'],
    ['dockerhub', {}, '{"push_data":"x"}'],
    ['quay', {}, '[]'],
    ['acr', {}, '{"target":[]}'],
  ])('%s refuses %j %s', async (type, headers, body) => {
    const verdict = await check(type, { headers, body })
    expect(verdict.kind).toBe('refused')
    expect(JSON.stringify(verdict)).not.toContain('the-token')
  })
})

describe('generic-oidc', () => {
  let issuer: string
  let close: () => void
  let keys: Awaited<ReturnType<typeof generateKeyPair>>
  let published: object[]
  let asked: string[] = []
  const http = createHttpClient({ userAgent: 'test' })

  beforeAll(async () => {
    keys = await generateKeyPair('ES256')
    published = [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }]
    const server = createServer((request, response) => {
      asked.push(request.url ?? '')
      const isAbout = request.url === '/.well-known/openid-configuration'
      response.end(JSON.stringify(isAbout ? { issuer, jwks_uri: `${issuer}/keys` } : { keys: published }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    close = () => {
      server.closeAllConnections()
      server.close()
    }
  })
  afterAll(async () => {
    await http.close()
    close()
  })

  const now = Date.parse('2026-01-01T00:00:00Z')
  interface Token {
    readonly claims?: Record<string, unknown>
    readonly audience?: string
    readonly expires?: number
    readonly key?: CryptoKey
    readonly keyId?: string
    readonly name?: string
  }
  const token = ({ claims = {}, audience = 'notification-controller', expires = 60, ...rest }: Token = {}) =>
    new SignJWT({ sub: 'repo:org/app', ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: rest.keyId ?? 'one' })
      .setIssuer(rest.name ?? issuer)
      .setAudience(audience)
      .setExpirationTime(now / 1000 + expires)
      .sign(rest.key ?? keys.privateKey)
  const receiver = (): Receiver =>
    receiverOf('generic-oidc', {
      oidcProviders: [
        {
          issuerURL: issuer,
          variables: [
            { name: 'parts', expression: "claims.sub.split(':')" },
            { name: 'repository', expression: 'vars.parts[1]' },
          ],
          validations: [
            { expression: "vars.repository.startsWith('org/')", message: 'only repositories of org' },
            { expression: '!has(claims.blocked)', message: 'not the blocked' },
          ],
        },
      ],
    })
  const ask = (bearer: string, oidc = createOidcTokens(http)): Promise<Verdict> =>
    Promise.resolve(
      check('generic-oidc', { headers: { authorization: bearer } }, { receiver: receiver(), oidc, now }),
    ).catch((error: unknown) => ({ kind: 'refused', reason: String(error) }))

  it('takes a token of the issuer whose claims pass, and hands the claims on', async () => {
    expect(await ask(`Bearer ${await token()}`)).toMatchObject({
      kind: 'accepted',
      claims: { sub: 'repo:org/app', iss: issuer },
    })
  })
  it('tells which validations fail', async () => {
    const verdict = await ask(`Bearer ${await token({ claims: { sub: 'repo:evil/app', blocked: true } })}`)
    const text = 'token validation failed: only repositories of org; not the blocked'
    expect(verdict).toEqual({ kind: 'refused', reason: text, tell: text })
  })
  it('refuses what is not to be believed', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const shared = new SignJWT({ sub: 'repo:org/app' }).setProtectedHeader({ alg: 'HS256' }).setIssuer(issuer)
    const unsigned = `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify({ iss: issuer, exp: 9e9 }))}.`.replaceAll('=', '')
    const tokens = [
      await token({ expires: -3600 }),
      await token({ audience: 'someone-else' }),
      await token({ key: privateKey }),
      await token({ keyId: 'two' }),
      await shared.setExpirationTime(now / 1000 + 60).sign(new TextEncoder().encode('x'.repeat(64))),
      unsigned,
      'no.jwt',
      '',
    ]
    for (const each of tokens) {
      const verdict = await ask(`Bearer ${each}`)
      expect(verdict).toMatchObject({ kind: 'refused' })
      expect(verdict).not.toHaveProperty('tell')
    }
    expect(await ask(`Basic ${await token()}`)).toMatchObject({ kind: 'refused' })
  })
  it('refuses an issuer that the Receiver does not name, without asking it', async () => {
    asked = []
    const foreign = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256' })
      .setIssuer('http://other')
      .sign(keys.privateKey)
    expect(await ask(`Bearer ${foreign}`)).toMatchObject({ reason: expect.stringContaining('no oidcProvider') })
    expect(asked).toEqual([])
  })
  it('takes another name of an issuer where there is one', async () => {
    const provider = receiver().spec.oidcProviders?.[0]
    if (provider === undefined) throw new Error('no provider')
    const oidc = createOidcTokens(http)
    const { signal } = new AbortController()
    const named = async (name: string): Promise<unknown> =>
      oidc.verify(await token({ name }), { ...provider, alias: 'short' }, now, signal)
    await expect(named('short')).resolves.toMatchObject({ iss: 'short' })
    await expect(named(issuer)).resolves.toMatchObject({ iss: issuer })
    await expect(named('other')).rejects.toMatchObject({ code: 'Refused' })
  })
  it('asks for keys once, and once more for a key that is new', async () => {
    asked = []
    const oidc = createOidcTokens(http)
    const { signal } = new AbortController()
    const provider = receiver().spec.oidcProviders?.[0]
    if (provider === undefined) throw new Error('no provider')
    await oidc.verify(await token(), provider, now, signal)
    await oidc.verify(await token(), provider, now + 1000, signal)
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys'])
    const rotated = await generateKeyPair('ES256')
    published.push({ ...(await exportJWK(rotated.publicKey)), kid: 'two', alg: 'ES256', use: 'sig' })
    const fresh = await token({ key: rotated.privateKey, keyId: 'two' })
    // strangers must not make us ask at every request
    await expect(oidc.verify(fresh, provider, now + 2000, signal)).rejects.toMatchObject({ code: 'Refused' })
    await expect(oidc.verify(fresh, provider, now + 31_000, signal)).resolves.toMatchObject({ sub: 'repo:org/app' })
    published.pop()
  })
  it('finds expressions and issuers that are wrong when the Receiver is checked', () => {
    const one = { issuerURL: 'https://a', validations: [{ expression: 'claims.', message: 'x' }] }
    expect(() => checkOidcExpressions(receiverOf('generic-oidc', { oidcProviders: [one] }))).toThrow(
      /oidcProviders\[0\] \(issuerURL="https:\/\/a"\): invalid expression for validation "x"/,
    )
    const twice = receiverOf('generic-oidc', { oidcProviders: [one, one] })
    expect(verifiers['generic-oidc']?.problem?.(twice)).toContain('duplicate issuerURL "https://a"')
  })
})
