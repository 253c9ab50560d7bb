// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import type { Receiver } from '@tidelock/api'
import { NotificationError } from '../errors.ts'
import { gcr } from './gcr.ts'
import type { OidcTokens } from './oidc-tokens.ts'
import type { Verdict } from './verifier.ts'

const said = { action: 'INSERT', digest: 'gcr.io/p/app@sha256:1', tag: 'gcr.io/p/app:1', more: 1 }
const push = (data: unknown): string =>
  JSON.stringify({ message: { data: Buffer.from(JSON.stringify(data)).toString('base64'), messageId: '1' } })
const claims = { email: 'push@p.iam.gserviceaccount.com', email_verified: true }
const secret = { email: claims.email, audience: 'https://flux.example/hook', token: 'path-token' }

/** What Google says of a token; see oidc-tokens.ts for how it is asked. */
const google = (about: Record<string, unknown>): OidcTokens => ({
  verify: async (token, { issuerURL, alias, audience }) => {
    const isGoogle = issuerURL === 'https://accounts.google.com' && alias === 'accounts.google.com'
    const isGood = token === 'signed' && isGoogle && audience === secret.audience
    if (!isGood) throw new NotificationError('Refused', 'failed to verify OIDC token')
    return about
  },
})

async function verify(
  { authorization = 'Bearer signed', body = push(said) },
  about: Record<string, unknown> = claims,
  data: Record<string, string> = secret,
): Promise<Verdict> {
  const { signal } = new AbortController()
  const map = new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value)]))
  const more = { receiver: {} as Receiver, token: 'path-token', secret: map, oidc: google(about), now: () => 0, signal }
  return gcr.verify({ headers: { authorization }, body: Buffer.from(body) }, more)
}

it('takes a push of the account, and hands on what the registry says', async () => {
  expect(await verify({})).toEqual({
    kind: 'accepted',
    payload: '{"action":"INSERT","digest":"gcr.io/p/app@sha256:1","tag":"gcr.io/p/app:1"}',
  })
})

it.each<[string, { authorization?: string; body?: string }, Record<string, unknown>, Record<string, string>, string]>([
  ['no token', { authorization: '' }, claims, secret, 'Authorization header'],
  ['another account', {}, { ...claims, email: 'mallory@p' }, secret, 'another account'],
  ['no account', {}, {}, secret, 'another account'],
  ['an account that is not verified', {}, { ...claims, email_verified: false }, secret, 'not verified'],
  ['a Secret without email', {}, claims, { audience: 'x' }, "required field 'email'"],
  ['a Secret without audience', {}, claims, { email: 'x' }, "required field 'audience'"],
  ['a body that is none', { body: 'no json' }, claims, secret, 'cannot decode'],
  ['a body without data', { body: '{"message":{}}' }, claims, secret, 'cannot decode'],
  ['data of another form', { body: push({ tag: 7 }) }, claims, secret, 'cannot decode'],
])('refuses %s', async (_what, request, about, data, part) => {
  expect(await verify(request, about, data)).toMatchObject({ kind: 'refused', reason: expect.stringContaining(part) })
})

it('refuses a token that Google did not sign, or for somebody else', async () => {
  await expect(verify({ authorization: 'Bearer forged' })).rejects.toMatchObject({ code: 'Refused' })
  await expect(verify({}, claims, { ...secret, audience: 'https://other' })).rejects.toMatchObject({ code: 'Refused' })
})
