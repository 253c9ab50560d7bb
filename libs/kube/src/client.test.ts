// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { FakeClock, eventually } from '@tidelock/testkit'
import { FakeApiServer, configMap, sendJson, sendStatus } from '../test/fake-api-server.ts'
import { KubeClient } from './client.ts'
import type { KubeClientOptions, RequestInfo } from './client-options.ts'
import type { ObjectRef } from './object-ref.ts'

const ref: ObjectRef = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'ns', name: 'a' }
const obj = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', namespace: 'ns' } }
const versioned = { ...obj, metadata: { ...obj.metadata, resourceVersion: '7' } }

function clientOf(server: FakeApiServer, options: Partial<KubeClientOptions> = {}): KubeClient {
  const retry = { attempts: 3, baseMs: 1, maxMs: 2_000 }
  return new KubeClient({ target: { server: server.url }, userAgent: 'test', random: () => 0.5, retry, ...options })
}

it('gives up on an answer that trickles', async () => {
  const clock = new FakeClock()
  let trickling = false
  await using server = await FakeApiServer.start((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write('{', () => (trickling = true))
  })
  const client = clientOf(server, { clock, exchangeTimeoutMs: 30_000, retry: { attempts: 1 } })
  const answer = client.raw({ path: '/version' })
  answer.catch(() => undefined)
  await eventually(() => expect(trickling).toBe(true))
  await clock.advance(30_000)
  await expect(answer).rejects.toMatchObject({ code: 'Timeout', message: expect.stringContaining('within 30s') })
  await client.close()
})

it('keeps its connections over deletions, which have a body', async () => {
  const ports = new Set<number | undefined>()
  await using server = await FakeApiServer.start(({ method }, response) => {
    if (method === 'DELETE') ports.add(response.socket?.remotePort)
    sendJson(response, 200, { apiVersion: 'v1', kind: 'Status', status: 'Success' })
  })
  const client = clientOf(server)
  for (let i = 0; i < 20; i++) await client.delete(ref, { uid: 'u' })
  // an idle one may be taken beside the one that has just answered
  expect(ports.size).toBeLessThan(10)
  await client.close()
})

describe('repeated requests', () => {
  const writes: [string, (client: KubeClient) => Promise<unknown>, repeats: boolean][] = [
    ['get', (client) => client.get(ref), true],
    ['apply', (client) => client.apply(obj, { fieldManager: 'm' }), true],
    ['create', (client) => client.create(obj), false],
    ['dry-run create', (client) => client.create(obj, { dryRun: true }), true],
    ['replace', (client) => client.replace(obj), false],
    ['replace under a version', (client) => client.replace(versioned), true],
    ['merge patch', (client) => client.patch(ref, { type: 'merge', body: { data: {} } }), false],
    ['merge patch under a version', (client) => client.patch(ref, { type: 'merge', body: versioned }), true],
    [
      'json patch',
      (client) => client.patch(ref, { type: 'json', body: [{ op: 'add', path: '/data/a', value: 'b' }] }),
      false,
    ],
    [
      'json patch that tests the version',
      (client) =>
        client.patch(ref, { type: 'json', body: [{ op: 'test', path: '/metadata/resourceVersion', value: '7' }] }),
      true,
    ],
    ['delete', (client) => client.delete(ref), false],
    ['delete under a uid', (client) => client.delete(ref, { uid: 'u' }), true],
    ['token request', (client) => client.createToken(ref), true],
  ]
  it.each(writes)('%s: after a lost connection and after 503', async (_name, write, repeats) => {
    for (const way of ['connection', '503']) {
      let failures = 0
      await using server = await FakeApiServer.start((_request, response) => {
        failures += 1
        if (failures > 1) {
          const status = { token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' }
          sendJson(response, 200, { ...configMap('a', '8'), status })
        } else if (way === '503') sendStatus(response, 503, 'ServiceUnavailable')
        else response.destroy()
      })
      const client = clientOf(server)
      const outcome = await write(client).then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
      expect(outcome).toBe(repeats ? 'done' : way === '503' ? 'ServerError' : 'Unreachable')
      expect(server.asked).toHaveLength(repeats ? 2 : 1)
      await client.close()
    }
  })
  it.each(writes)('%s: after 429, as late as asked', async (_name, write) => {
    const clock = new FakeClock()
    let refusals = 0
    await using server = await FakeApiServer.start((_request, response) => {
      refusals += 1
      if (refusals === 1) {
        response.setHeader('retry-after', '1')
        sendStatus(response, 429, 'TooManyRequests')
      } else
        sendJson(response, 200, {
          ...configMap('a', '8'),
          status: { token: 't', expirationTimestamp: '2026-01-01T00:00:00Z' },
        })
    })
    const client = clientOf(server, { clock })
    const done = write(client)
    await eventually(() => expect(clock.pending).toBe(1))
    await clock.advance(999)
    expect(server.asked).toHaveLength(1)
    await clock.advance(200)
    await done
    expect(server.asked).toHaveLength(2)
    await client.close()
  })
  it('repeats everything while the connection is refused', async () => {
    const server = await FakeApiServer.start((_request, response) => sendJson(response, 201, configMap('a', '1')))
    const seen: string[] = []
    const client = clientOf(server, { onRequest: ({ code }) => seen.push(code) })
    await client.resolve(ref)
    await server[Symbol.asyncDispose]()
    // the kept connection is found dead by this one; from here on each try connects anew
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'Unreachable' })
    seen.length = 0
    await expect(client.create(obj)).rejects.toMatchObject({ code: 'Unreachable', sent: false, status: 0 })
    expect(seen).toEqual(['<error>', '<error>', '<error>'])
    await client.close()
  })
  it('takes NotFound as done when an uncertain delete is repeated, and only then', async () => {
    let tries = 0
    await using server = await FakeApiServer.start((_request, response) => {
      tries += 1
      if (tries === 1) response.destroy()
      else sendStatus(response, 404, 'NotFound')
    })
    const client = clientOf(server)
    await client.delete(ref, { uid: 'u' })
    await expect(client.delete(ref, { uid: 'u' })).rejects.toMatchObject({ code: 'NotFound' })
    await client.close()
  })
  it('ends after the last attempt with the error of the server', async () => {
    await using server = await FakeApiServer.start((_request, response) =>
      sendStatus(response, 503, 'ServiceUnavailable'),
    )
    const client = clientOf(server)
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'ServerError', status: 503, ref })
    expect(server.asked).toHaveLength(3)
    await client.close()
  })
})

describe('KubeClient', () => {
  it('sends what it was given: agent, impersonation, manager, force, dry run, validation', async () => {
    await using server = await FakeApiServer.start((_request, response) => sendJson(response, 200, configMap('a', '1')))
    const client = clientOf(server)
    const other = client.as({
      user: 'system:serviceaccount:a:b',
      groups: ['g1', 'g2'],
      uid: 'u',
      extra: { 'x/Y': ['1'] },
    })
    await other.apply(obj, { fieldManager: 'm', force: true, dryRun: true, fieldValidation: 'Strict' })
    const [sent] = server.asked
    expect({ method: sent?.method, path: sent?.path, query: Object.fromEntries(sent?.query ?? []) }).toEqual({
      method: 'PATCH',
      path: '/api/v1/namespaces/ns/configmaps/a',
      query: { fieldManager: 'm', force: 'true', dryRun: 'All', fieldValidation: 'Strict' },
    })
    expect(sent?.headers).toMatchObject({
      'content-type': 'application/apply-patch+yaml',
      'user-agent': 'test',
      'impersonate-user': 'system:serviceaccount:a:b',
      'impersonate-group': 'g1, g2',
      'impersonate-uid': 'u',
      'impersonate-extra-x%2fy': '1',
    })
    expect(JSON.parse(sent?.body ?? '')).toEqual(obj)
    await other.close()
    await expect(client.get(ref)).resolves.toMatchObject({ metadata: { name: 'a' } })
    expect(server.asked[1]?.headers['impersonate-user']).toBeUndefined()
    await client.close()
  })
  it('asks for a newer token once when the server refuses the last one', async () => {
    let valid = 'old'
    const asked: boolean[] = []
    await using server = await FakeApiServer.start((request, response) => {
      if (request.headers.authorization === `Bearer ${valid}`) sendJson(response, 200, configMap('a', '1'))
      else sendStatus(response, 401, 'Unauthorized')
    })
    const token = ({ refresh = false } = {}): Promise<string> => {
      asked.push(refresh)
      return Promise.resolve(refresh ? 'new' : 'old')
    }
    const client = clientOf(server, { target: { server: server.url, token } })
    await client.get(ref)
    valid = 'new'
    await client.get(ref)
    expect(asked.filter(Boolean)).toHaveLength(1)
    valid = 'newer'
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'Unauthorized' })
    await client.close()
  })
  it('reports each exchange and each warning', async () => {
    await using server = await FakeApiServer.start((_request, response) => {
      response.setHeader('warning', '299 - "unknown field \\"spec.x\\""')
      sendJson(response, 200, configMap('a', '1'))
    })
    const infos: RequestInfo[] = []
    const warnings: string[] = []
    const client = clientOf(server, { onRequest: (info) => infos.push(info), onWarning: (text) => warnings.push(text) })
    await client.patch(ref, { type: 'merge', body: {}, subresource: 'status' })
    expect(infos.at(-1)).toMatchObject({
      method: 'PATCH',
      code: '200',
      verb: 'patch',
      resource: 'configmaps/status',
      group: '',
      namespace: 'ns',
      name: 'a',
      host: new URL(server.url).host,
    })
    expect(warnings).toEqual(['unknown field "spec.x"'])
    await client.close()
  })
  it('limits itself until the server shows its own flow control', async () => {
    const clock = new FakeClock()
    let flowControl = false
    await using server = await FakeApiServer.start((_request, response) => {
      if (flowControl) response.setHeader('x-kubernetes-pf-flowschema-uid', 'u')
      sendJson(response, 200, configMap('a', '1'))
    })
    const client = clientOf(server, { clock, rateLimit: { qps: 1, burst: 4 } })
    for (let i = 0; i < 2; i += 1) await client.get(ref)
    flowControl = true
    const limited = client.get(ref)
    await eventually(() => expect(clock.pending).toBe(1))
    await clock.advance(1_000)
    await limited
    await Promise.all(Array.from({ length: 20 }, () => client.get(ref)))
    expect(server.asked).toHaveLength(23)
    await client.close()
  })
  it('gives a request up at once, and throws the reason', async () => {
    await using server = await FakeApiServer.start(() => {})
    const client = clientOf(server)
    const controller = new AbortController()
    const waiting = client.get(ref, { signal: controller.signal })
    await eventually(() => expect(server.asked).toHaveLength(1))
    controller.abort(new Error('stopping'))
    await expect(waiting).rejects.toThrow('stopping')
    await expect(client.get(ref, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before')
    await client.close()
  })
  it('throws Timeout when the server does not answer', async () => {
    await using server = await FakeApiServer.start(() => {})
    const client = clientOf(server, { requestTimeoutMs: 100, retry: { attempts: 1 } })
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'Timeout', sent: true })
    await client.close()
  })
  it('finds nothing where there is no object or no kind', async () => {
    await using server = await FakeApiServer.start((_request, response) => sendStatus(response, 404, 'NotFound'))
    const client = clientOf(server)
    await expect(client.find(ref)).resolves.toBeUndefined()
    await expect(client.find({ ...ref, kind: 'Nothing' })).resolves.toBeUndefined()
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'NotFound' })
    await client.close()
  })
  it('lists page by page, and in one piece when the pages expired', async () => {
    await using server = await FakeApiServer.start(({ query }, response) => {
      const limit = Number(query.get('limit'))
      const page = Number(query.get('continue') ?? '0')
      if (limit > 0 && page === 2) return sendStatus(response, 410, 'Expired')
      const items = limit === 0 ? ['0', '1', '2'] : [String(page)]
      const next = limit > 0 && page < 2 ? { continue: String(page + 1) } : {}
      return sendJson(response, 200, {
        metadata: { resourceVersion: '9', ...next },
        items: items.map((name) => ({ metadata: { name } })),
      })
    })
    const client = clientOf(server)
    const kind = await client.resolve(ref)
    const { items, resourceVersion } = await client.list(kind, { limit: 1, labelSelector: 'a=b', metadataOnly: true })
    expect(items).toEqual(['0', '1', '2'].map((name) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })))
    expect(resourceVersion).toBe('9')
    expect(server.asked.map(({ query }) => query.get('limit'))).toEqual(['1', '1', '1', null])
    expect(server.asked[0]?.headers.accept).toContain('PartialObjectMetadataList')
    await client.close()
  })
  it('bounds an answer and follows no redirect', async () => {
    let location: string | undefined
    await using server = await FakeApiServer.start((_request, response) => {
      if (location !== undefined) return void response.writeHead(302, { location }).end()
      for (let i = 0; i < 100; i += 1) response.write('x'.repeat(1_000))
      return void response.end()
    })
    const client = clientOf(server, { maxResponseBytes: 10_000 })
    await expect(client.get(ref)).rejects.toMatchObject({
      code: 'DecodeFailed',
      message: 'the answer is longer than 10000 bytes',
    })
    location = `${server.url}/elsewhere`
    await expect(client.get(ref)).rejects.toMatchObject({ status: 302, message: expect.stringContaining('status 302') })
    expect(server.asked.map(({ path }) => path)).not.toContain('/elsewhere')
    await client.close()
  })
  it('says that an answer is not JSON', async () => {
    await using server = await FakeApiServer.start((_request, response) => void response.end('<html>'))
    const client = clientOf(server)
    await expect(client.get(ref)).rejects.toMatchObject({ code: 'DecodeFailed' })
    await client.close()
  })
})
