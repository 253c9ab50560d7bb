// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import type { ProviderType } from '@tidelock/api'
import { createBitbucket } from '../src/providers/git/bitbucket.ts'
import type { Notifier } from '../src/providers/notifier.ts'
import { notifiers } from '../src/providers/table.ts'
import { eventWith, providerOf, startService, tell } from './wire.ts'

const commit = 'a'.repeat(40)
const id = 'kustomization/shop/0c9c2e41'
const key = createHash('sha1').update(id).digest('hex')
const good = eventWith()
const failed = eventWith({ severity: 'error', reason: 'HealthCheckFailed' })
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`

interface StatusService {
  readonly type: ProviderType
  readonly notifier: (url: string) => Notifier | undefined
  readonly path: string
  readonly secret: Record<string, string>
  readonly ask: string
  readonly headers: Record<string, string>
  readonly nothing: { status?: number; body?: unknown }
  readonly create: string
  readonly told: (isGood: boolean, url: string) => object
  readonly known: (status: object) => object
}

const services: readonly StatusService[] = [
  {
    type: 'bitbucket',
    notifier: (url) => createBitbucket(`${url}/2.0`),
    path: '/org/app.git',
    secret: { token: 'user:app-password' },
    ask: `GET /2.0/repositories/org/app/commit/${commit}/statuses/build/${key}`,
    headers: { authorization: basic('user:app-password') },
    nothing: { status: 404 },
    create: `POST /2.0/repositories/org/app/commit/${commit}/statuses/build`,
    told: (isGood) => ({
      ...{ key, url: 'https://bitbucket.org', state: isGood ? 'SUCCESSFUL' : 'FAILED', name: 'kustomization/shop' },
      description: isGood ? 'reconciliation succeeded' : 'health check failed',
    }),
    known: (status) => status,
  },
  {
    type: 'bitbucketserver',
    notifier: () => notifiers.bitbucketserver,
    path: '/context/scm/prj/app.git',
    secret: { token: 'secret-token', username: 'u', password: 'p' },
    ask: `GET /context/rest/api/latest/projects/prj/repos/app/commits/${commit}/builds?key=${key}`,
    headers: {
      authorization: 'Bearer secret-token',
      ...{ 'x-atlassian-token': 'no-check', 'x-requested-with': 'XMLHttpRequest' },
    },
    nothing: { status: 404 },
    create: `POST /context/rest/api/latest/projects/prj/repos/app/commits/${commit}/builds`,
    told: (isGood, url) => ({
      ...{ key, url: `${url}/context/scm/prj/app.git`, state: isGood ? 'SUCCESSFUL' : 'FAILED' },
      name: `kustomization/shop [${isGood ? 'reconciliation succeeded' : 'health check failed'}]`,
      description: isGood ? 'reconciliation succeeded' : 'health check failed',
    }),
    known: (status) => status,
  },
  {
    type: 'azuredevops',
    notifier: () => notifiers.azuredevops,
    path: '/org/My%20Project/_git/app',
    secret: { token: 'secret-token' },
    ask: `GET /org/My%20Project/_apis/git/repositories/app/commits/${commit}/statuses`,
    headers: {
      authorization: basic(':secret-token'),
      ...{ accept: 'application/json;api-version=6.0', 'x-tfs-fedauthredirect': 'Suppress' },
    },
    nothing: { body: { count: 0, value: [] } },
    create: `POST /org/My%20Project/_apis/git/repositories/app/commits/${commit}/statuses`,
    told: (isGood) => ({
      ...{ context: { genre: 'fluxcd', name: id }, state: isGood ? 'succeeded' : 'error' },
      description: isGood ? 'reconciliation succeeded' : 'health check failed',
    }),
    known: (status) => ({ count: 2, value: [{ state: 'error', description: 'of others' }, status] }),
  },
]

describe.each(services)('$type', (service) => {
  const { type, notifier, path, secret, ask, headers, nothing, create, told, known } = service
  it.each([
    ['good', good, true],
    ['bad', failed, false],
  ])('builds the status of a commit with %s news', async (_news, event, isGood) => {
    await using server = await startService({ [ask]: nothing })
    await tell(providerOf(type, { address: server.url + path }), event, secret, notifier(server.url))
    expect(server.received.map(({ line }) => line)).toEqual([ask, create])
    for (const request of server.received) expect(request.headers).toMatchObject(headers)
    expect(server.received[1]?.body).toEqual(told(isGood, server.url))
  })
  it('leaves a status alone that says the same, and changes one that says something else', async () => {
    const answers: Record<string, { body: object }> = {}
    await using server = await startService(answers)
    const provider = providerOf(type, { address: server.url + path })
    answers[ask] = { body: known(told(true, server.url)) }
    await tell(provider, good, secret, notifier(server.url))
    expect(server.received.map(({ line }) => line)).toEqual([ask])
    answers[ask] = { body: known(told(false, server.url)) }
    await tell(provider, good, secret, notifier(server.url))
    expect(server.received.map(({ line }) => line)).toEqual([ask, ask, create])
  })
  it('is not told of progress', async () => {
    await using server = await startService()
    const progressing = eventWith({ reason: 'Progressing' })
    await tell(providerOf(type, { address: server.url + path }), progressing, secret, notifier(server.url))
    expect(server.received).toEqual([])
  })
  it('that says no is not asked again, and what the Secret holds is not shown', async () => {
    const shown = Object.values(secret)
    await using server = await startService({ [ask]: { status: 401, body: { error: `who is ${shown.join(' ')}` } } })
    const telling = tell(providerOf(type, { address: server.url + path }), good, secret, notifier(server.url))
    const error = await telling.catch((each: unknown) => each)
    expect(error).toMatchObject({ code: 'Refused', message: expect.stringContaining('status code 401') })
    for (const value of shown.filter((each) => each.length > 5)) expect(String(error)).not.toContain(value)
  })
  it('says what the Provider lacks', async () => {
    const invalid = { code: 'InvalidConfig' }
    await expect(tell(providerOf(type, { address: `https://h${path}` }), good)).rejects.toMatchObject(invalid)
    await expect(tell(providerOf(type), good, secret)).rejects.toMatchObject(invalid)
    await expect(tell(providerOf(type, { address: 'https://h/x' }), good, secret)).rejects.toMatchObject(invalid)
  })
})

it('bitbucketserver takes name and password, and shows no password of its address', async () => {
  const list = `GET /rest/api/latest/projects/prj/repos/app/commits/${commit}/builds?key=${key}`
  await using server = await startService({ [list]: { status: 404 } })
  const address = `${server.url.replace('://', '://me:hidden@')}/scm/prj/app`
  await tell(providerOf('bitbucketserver', { address }), good, { username: 'me', password: 'pass' })
  expect(server.received.map(({ headers }) => headers.authorization)).toEqual([basic('me:pass'), basic('me:pass')])
  expect(server.received[1]?.body).toMatchObject({ url: `${server.url}/scm/prj/app` })
})

it('azuredevops tells clusters apart by the summary', async () => {
  const list = `GET /org/project/_apis/git/repositories/app/commits/${commit}/statuses`
  await using server = await startService({ [list]: { body: { value: [] } } })
  const event = eventWith({ metadata: { revision: `main@sha1:${commit}`, summary: 'west' } })
  await tell(providerOf('azuredevops', { address: `${server.url}/org/project/_git/app` }), event, { token: 'secret' })
  expect(server.received[1]?.body).toMatchObject({ context: { genre: 'fluxcd:west', name: id } })
})
