// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { ProviderType } from '@tidelock/api'
import { eventWith, providerOf, startService, tell } from './wire.ts'

const commit = 'a'.repeat(40)
const token = { token: 'secret-token' }
const id = 'kustomization/shop/0c9c2e41'
const failed = eventWith({ severity: 'error', reason: 'HealthCheckFailed' })

interface StatusService {
  readonly type: ProviderType
  readonly list: string
  readonly create: string
  readonly header: [string, string]
  readonly good: string
  readonly bad: string
  readonly known: (state: string, description: string) => object
}

const services: readonly StatusService[] = [
  {
    type: 'github',
    list: `GET /api/v3/repos/org/app/commits/${commit}/statuses?per_page=50`,
    create: `POST /api/v3/repos/org/app/statuses/${commit}`,
    header: ['authorization', 'Bearer secret-token'],
    good: 'success',
    bad: 'failure',
    known: (state, description) => ({ context: id, state, description }),
  },
  {
    type: 'gitea',
    list: `GET /api/v1/repos/org/app/commits/${commit}/statuses?limit=50`,
    create: `POST /api/v1/repos/org/app/statuses/${commit}`,
    header: ['authorization', 'token secret-token'],
    good: 'success',
    bad: 'failure',
    known: (status, description) => ({ context: id, status, description }),
  },
  {
    type: 'gitlab',
    list: `GET /api/v4/projects/org%2Fapp/repository/commits/${commit}/statuses?name=${encodeURIComponent(id)}`,
    create: `POST /api/v4/projects/org%2Fapp/statuses/${commit}`,
    header: ['private-token', 'secret-token'],
    good: 'success',
    bad: 'failed',
    known: (status, description) => ({ sha: commit, name: id, status, description }),
  },
]

describe.each(services)('$type', ({ type, list, create, header: [header, value], good, bad, known }) => {
  const nameOfId = type === 'gitlab' ? 'name' : 'context'
  it.each([
    ['good', eventWith(), good, 'reconciliation succeeded'],
    ['bad', failed, bad, 'health check failed'],
  ])('sets the status of a commit with %s news', async (_news, event, state, description) => {
    await using service = await startService({ [list]: { body: [] } })
    await tell(providerOf(type, { address: `${service.url}/org/app.git` }), event, token)
    expect(service.received.map(({ line }) => line)).toEqual([list, create])
    expect(service.received[1]?.body).toEqual({ state, description, [nameOfId]: id })
    expect(service.received.map(({ headers }) => headers[header])).toEqual([value, value])
  })
  it('leaves a status alone that says the same, and changes one that says something else', async () => {
    const same = known(good, 'reconciliation succeeded')
    await using told = await startService({ [list]: { body: [same] } })
    await tell(providerOf(type, { address: `${told.url}/org/app` }), eventWith(), token)
    expect(told.received.map(({ line }) => line)).toEqual([list])
    await using other = await startService({ [list]: { body: [known(bad, 'health check failed')] } })
    await tell(providerOf(type, { address: `${other.url}/org/app` }), eventWith(), token)
    expect(other.received.map(({ line }) => line)).toEqual([list, create])
  })
  it('takes the commit of the event before the origin of an artifact, and that before its revision', async () => {
    const [first, origin] = ['b'.repeat(40), 'c'.repeat(40)]
    await using service = await startService({
      [list.replace(commit, first)]: { body: [] },
      [list.replace(commit, origin)]: { body: [] },
    })
    const provider = providerOf(type, { address: `${service.url}/org/app` })
    const metadata = { revision: `latest@sha256:${'d'.repeat(64)}`, originRevision: `main@sha1:${origin}` }
    await tell(provider, eventWith({ metadata }), token)
    await tell(provider, eventWith({ metadata: { ...metadata, commit: `sha1:${first}` } }), token)
    expect(service.received.filter(({ line }) => line.startsWith('POST')).map(({ line }) => line)).toEqual([
      create.replace(commit, origin),
      create.replace(commit, first),
    ])
  })
  it('names the status as commitStatusExpr says', async () => {
    const commitStatusExpr = "event.involvedObject.name + '/' + provider.metadata.name + '/' + alert.metadata.name"
    await using service = await startService({
      [list]: { body: [] },
      [list.replace(encodeURIComponent(id), encodeURIComponent('shop/tell/all'))]: { body: [] },
    })
    await tell(providerOf(type, { address: `${service.url}/org/app`, commitStatusExpr }), eventWith(), token)
    expect(service.received[1]?.body).toMatchObject({ [nameOfId]: 'shop/tell/all' })
  })
  it.each([
    ['no token', { address: 'https://127.0.0.1/org/app' }, {}, eventWith(), 'InvalidConfig', 'key token'],
    ['no address', {}, token, eventWith(), 'InvalidConfig', 'spec.address'],
    [
      'an expression that is none',
      { address: 'https://h/o/r', commitStatusExpr: '1 +' },
      token,
      eventWith(),
      'InvalidConfig',
      'commitStatusExpr',
    ],
    ['no revision', { address: 'https://h/o/r' }, token, eventWith({ metadata: {} }), 'Refused', 'revision'],
    [
      'a version for a commit',
      { address: 'https://h/o/r' },
      token,
      eventWith({ metadata: { revision: '1.2.3' } }),
      'Refused',
      "'1.2.3'",
    ],
  ])('says what is wrong with %s', async (_what, spec, secret, event, code, part) => {
    await expect(tell(providerOf(type, spec), event, secret)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part),
    })
  })
  it('says that a page of something else is no answer of the service', async () => {
    await using service = await startService()
    await expect(
      tell(providerOf(type, { address: `${service.url}/org/app` }), eventWith(), token),
    ).rejects.toMatchObject({
      code: 'Refused',
      message: expect.stringContaining('did not answer with a list'),
    })
  })
})

it('gitea is told of progress as pending, the others are not told', async () => {
  const progressing = eventWith({ reason: 'Progressing' })
  await using service = await startService({
    [`GET /api/v1/repos/org/app/commits/${commit}/statuses?limit=50`]: { body: [] },
  })
  const address = `${service.url}/org/app`
  await tell(providerOf('github', { address }), progressing, token)
  await tell(providerOf('gitlab', { address }), progressing, token)
  expect(service.received).toEqual([])
  await tell(providerOf('gitea', { address }), progressing, token)
  expect(service.received[1]?.body).toMatchObject({ state: 'pending' })
})

describe.each([
  {
    type: 'githubpullrequestcomment',
    marker: 'flux-pr-comment-key',
    user: ['GET /api/v3/user', { login: 'bot' }],
    list: 'GET /api/v3/repos/org/app/issues/7/comments?sort=created&direction=asc&per_page=100',
    create: 'POST /api/v3/repos/org/app/issues/7/comments',
    edit: 'PATCH /api/v3/repos/org/app/issues/comments/42',
    author: (name: string) => ({ user: { login: name } }),
  },
  {
    type: 'giteapullrequestcomment',
    marker: 'flux-pr-comment-key',
    user: ['GET /api/v1/user', { login: 'bot' }],
    list: 'GET /api/v1/repos/org/app/issues/7/comments?limit=100&page=1',
    create: 'POST /api/v1/repos/org/app/issues/7/comments',
    edit: 'PATCH /api/v1/repos/org/app/issues/comments/42',
    author: (name: string) => ({ user: { login: name } }),
  },
  {
    type: 'gitlabmergerequestcomment',
    marker: 'flux-mr-comment-key',
    user: ['GET /api/v4/user', { username: 'bot' }],
    list: 'GET /api/v4/projects/org%2Fapp/merge_requests/7/notes?sort=asc&order_by=created_at&per_page=100',
    create: 'POST /api/v4/projects/org%2Fapp/merge_requests/7/notes',
    edit: 'PUT /api/v4/projects/org%2Fapp/merge_requests/7/notes/42',
    author: (name: string) => ({ author: { username: name } }),
  },
] as const)('$type', ({ type, marker, user: [userLine, user], list, create, edit, author }) => {
  const event = eventWith({ metadata: { change_request: '7', revision: 'main@sha1:abc', cluster: 'west' } })
  const hidden = `<!-- ${marker}:0c9c2e41-d2f9-4f9b-9c41-bebc1984d67a/Kustomization/apps/shop -->`
  it('makes a comment on the request that the event names', async () => {
    await using service = await startService({ [userLine]: { body: user }, [list]: { body: [] } })
    await tell(providerOf(type, { address: `${service.url}/org/app` }), event, token)
    expect(service.received.map(({ line }) => line)).toEqual([userLine, list, create])
    expect(service.received[2]?.body).toEqual({
      body: `${hidden}\n\n## Flux Status\n\nℹ️ Kustomization/apps/shop\n\nApplied revision\n\nMetadata:\n* \`cluster\`: west\n* \`revision\`: main@sha1:abc\n`,
    })
  })
  it("edits its own comment, and nobody else's with the same marker", async () => {
    const body = `${hidden}\n\nold`
    const comments = [
      { id: 41, body, ...author('mallory') },
      { id: 42, body, ...author('bot') },
    ]
    await using service = await startService({ [userLine]: { body: user }, [list]: { body: comments } })
    await tell(providerOf(type, { address: `${service.url}/org/app` }), event, token)
    expect(service.received.map(({ line }) => line)).toEqual([userLine, list, edit])
  })
  it.each([{}, { change_request: 'x' }, { change_request: '-1' }])('refuses the metadata %j', async (metadata) => {
    await using service = await startService()
    const telling = tell(providerOf(type, { address: `${service.url}/org/app` }), eventWith({ metadata }), token)
    await expect(telling).rejects.toMatchObject({ code: 'Refused' })
    expect(service.received).toEqual([])
  })
  it('keeps a comment within what the service takes', async () => {
    await using service = await startService({ [userLine]: { body: user }, [list]: { body: [] } })
    const long = { ...event, message: 'x'.repeat(39_000), metadata: { ...event.metadata, more: 'y'.repeat(40_000) } }
    await tell(providerOf(type, { address: `${service.url}/org/app` }), long, token)
    const { body = '' } = (service.received[2]?.body ?? {}) as { body?: string }
    expect(body.length).toBeLessThanOrEqual(type === 'gitlabmergerequestcomment' ? 1_000_000 : 65_536)
    expect(body.startsWith(hidden)).toBe(true)
  })
})

describe('githubdispatch', () => {
  it('starts workflows with the event', async () => {
    await using service = await startService()
    await tell(providerOf('githubdispatch', { address: `${service.url}/org/app.git` }), failed, token)
    expect(service.received.map(({ line }) => line)).toEqual(['POST /api/v3/repos/org/app/dispatches'])
    expect(service.received[0]?.headers).toMatchObject({
      authorization: 'Bearer secret-token',
      'content-type': 'application/json',
    })
    expect(service.received[0]?.body).toEqual({ event_type: 'Kustomization/shop.apps', client_payload: failed })
  })
  it.each<[object, Record<string, string>, string]>([
    [{ address: 'https://h/o/r' }, {}, 'key token'],
    [{}, token, 'spec.address'],
    [{ address: 'https://h/o/r/x' }, token, 'owner/repository'],
  ])('with %j and the Secret %j says what is wrong', async (spec, secret, part) => {
    const telling = tell(providerOf('githubdispatch', spec), failed, secret)
    await expect(telling).rejects.toMatchObject({ code: 'InvalidConfig', message: expect.stringContaining(part) })
  })
})
