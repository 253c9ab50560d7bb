// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { systemClock } from '@tidelock/api'
import { openAuth } from '@tidelock/auth'
import type { OpenAuth } from '@tidelock/auth'
import { githubPullRequestComment } from '../src/providers/git/github-pull-request-comment.ts'
import { readDestination } from '../src/sender/destination.ts'
import type { Destination } from '../src/sender/destination.ts'
import { withAppToken } from '../src/sender/github-app.ts'
import { createSender } from '../src/sender/sender.ts'
import { alert, eventWith, providerOf, startService } from './wire.ts'

const { signal } = new AbortController()
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pem = privateKey.export({ type: 'pkcs1', format: 'pem' })
const tokenLine = 'POST /app/installations/7/access_tokens'
const issued = { token: 'ghs_issued', expires_at: '2099-01-01T00:00:00Z' }
let auth: OpenAuth

beforeAll(async () => {
  const options = { env: {}, clock: systemClock, userAgent: 'test', cacheMaxSize: 0, cacheMaxDurationMs: 0 }
  auth = await openAuth(options)
})
afterAll(async () => {
  await auth[Symbol.asyncDispose]()
})

function appOf(url: string, changes: Record<string, string> = {}): Destination {
  const secret = {
    githubAppID: '1',
    githubAppInstallationID: '7',
    githubAppPrivateKey: pem,
    githubAppBaseURL: url,
    ...changes,
  }
  const data = new Map(Object.entries(secret).map(([key, value]) => [key, Buffer.from(value)]))
  return readDestination(providerOf('github', { address: `${url}/org/app` }), { secret: data })
}

const authorize = (destination: Destination, type = 'github'): Promise<Destination> =>
  withAppToken(type, destination, { auth, userAgent: 'test' }, signal)

describe('a GitHub App', () => {
  it('gives the token of its installation', async () => {
    await using service = await startService({ [tokenLine]: { status: 201, body: issued } })
    expect(await authorize(appOf(service.url))).toMatchObject({ token: 'ghs_issued', githubAppId: '1' })
  })
  it('is not asked where the Secret has a token, or for another type', async () => {
    await using service = await startService()
    const both = appOf(service.url, { token: 'own' })
    expect(await authorize(both)).toBe(both)
    const other = appOf(service.url)
    expect(await authorize(other, 'gitlab')).toBe(other)
    expect(service.received).toEqual([])
  })
  it.each([
    [401, 'InvalidConfig'],
    [404, 'InvalidConfig'],
  ])('that GitHub answers %i is %s, and its key is not shown', async (status, code) => {
    await using service = await startService({ [tokenLine]: { status, body: { message: 'A JSON web token' } } })
    const error = await authorize(appOf(service.url)).catch((each: unknown) => each)
    expect(error).toMatchObject({ code, message: expect.stringContaining("GitHub App '1'") })
    expect(String(error)).not.toContain('BEGIN')
  })
  it('whose data is incomplete is named', async () => {
    await expect(authorize(appOf('http://127.0.0.1:1', { githubAppPrivateKey: '' }))).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining('githubAppPrivateKey'),
    })
  })
  it('edits the comment that it made itself', async () => {
    const marker = '<!-- flux-pr-comment-key:0c9c2e41-d2f9-4f9b-9c41-bebc1984d67a/Kustomization/apps/shop -->'
    const list = 'GET /api/v3/repos/org/app/issues/7/comments?sort=created&direction=asc&per_page=100'
    const comments = [
      { id: 41, body: marker, user: { login: 'someone' } },
      { id: 42, body: marker, performed_via_github_app: { id: 1 } },
    ]
    await using service = await startService({
      [tokenLine]: { status: 201, body: issued },
      [list]: { body: comments },
    })
    const destination = await authorize(appOf(service.url), 'githubpullrequestcomment')
    const sender = createSender(destination, { userAgent: 'test', now: () => 0 })
    const event = eventWith({ metadata: { change_request: '7' } })
    const provider = providerOf('githubpullrequestcomment')
    await githubPullRequestComment({ event, alert, provider }, destination, sender, signal)
    await sender.close()
    expect(service.received.map(({ line }) => line)).toEqual([
      tokenLine,
      list,
      'PATCH /api/v3/repos/org/app/issues/comments/42',
    ])
    expect(service.received[2]?.headers.authorization).toBe('Bearer ghs_issued')
  })
})
