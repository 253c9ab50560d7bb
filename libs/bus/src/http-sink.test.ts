// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FluxEvent } from '@tidelock/api'
import { createHttpSink, encodeFluxEvent } from './http-sink.ts'

const event: FluxEvent = {
  reportingInstance: 'pod-1',
  reportingController: 'kustomize-controller',
  metadata: { 'kustomize.toolkit.fluxcd.io/revision': 'main@sha1:1' },
  reason: 'ReconciliationSucceeded',
  message: 'finished',
  timestamp: '2026-01-01T00:00:00Z',
  severity: 'info',
  involvedObject: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    name: 'shop',
    namespace: 'apps',
    uid: 'u',
    resourceVersion: '12',
  },
}

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function serve(
  answer: (request: IncomingMessage, body: string, response: ServerResponse) => void,
): Promise<string> {
  server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => answer(request, Buffer.concat(chunks).toString(), response))
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const signal = new AbortController().signal

describe('createHttpSink', () => {
  it('posts what Flux posts', async () => {
    const seen: unknown[] = []
    const url = await serve(({ method, url: path, headers }, body, response) => {
      seen.push({ method, path, type: headers['content-type'], authorization: headers.authorization, body })
      response.writeHead(202).end()
    })
    await createHttpSink({ url: `${url}/` }).deliver(event, 'id', signal)
    expect(seen).toEqual([
      {
        method: 'POST',
        path: '/',
        type: 'application/json',
        authorization: undefined,
        body: '{"involvedObject":{"kind":"Kustomization","namespace":"apps","name":"shop","uid":"u","apiVersion":"kustomize.toolkit.fluxcd.io/v1","resourceVersion":"12"},"severity":"info","timestamp":"2026-01-01T00:00:00Z","message":"finished","reason":"ReconciliationSucceeded","metadata":{"kustomize.toolkit.fluxcd.io/revision":"main@sha1:1"},"reportingController":"kustomize-controller","reportingInstance":"pod-1"}',
      },
    ])
  })
  it.each([
    [200, 'taken'],
    [202, 'taken'],
    [429, 'taken'],
    [500, 'Unavailable'],
    [502, 'Unavailable'],
    [503, 'Unavailable'],
    [501, 'Rejected'],
    [400, 'Rejected'],
    [404, 'Rejected'],
    [413, 'Rejected'],
  ])('takes an answer %d as %s', async (status, result) => {
    const url = await serve((_request, _body, response) => response.writeHead(status).end('body'))
    const outcome = await createHttpSink({ url })
      .deliver(event, 'id', signal)
      .then(
        () => 'taken',
        (error: { code: string }) => error.code,
      )
    expect(outcome).toBe(result)
  })
  it('passes on what the receiver asks to wait', async () => {
    const url = await serve((_request, _body, response) => response.writeHead(503, { 'retry-after': '7' }).end())
    await expect(createHttpSink({ url }).deliver(event, 'id', signal)).rejects.toMatchObject({
      details: { status: 503, retryAfterMs: 7000 },
    })
  })
  it('turns user information into a header and keeps it out of messages', async () => {
    const seen: (string | undefined)[] = []
    const url = await serve((request, _body, response) => {
      seen.push(request.headers.authorization)
      response.writeHead(500).end()
    })
    const withUser = url.replace('http://', 'http://user:pa55@')
    await expect(createHttpSink({ url: withUser }).deliver(event, 'id', signal)).rejects.toThrow(/^(?!.*pa55)/)
    expect(seen).toEqual([`Basic ${Buffer.from('user:pa55').toString('base64')}`])
  })
  it('may be tried again when nobody listens or nobody answers', async () => {
    const closed = await serve(() => {})
    server?.close()
    server?.closeAllConnections()
    await expect(createHttpSink({ url: closed }).deliver(event, 'id', signal)).rejects.toMatchObject({
      code: 'Unavailable',
    })
    const silent = await serve(() => {})
    await expect(createHttpSink({ url: silent, timeoutMs: 20 }).deliver(event, 'id', signal)).rejects.toMatchObject({
      code: 'Unavailable',
    })
  })
  it.each(['ftp://host/x', 'notification-controller', ''])('refuses the address %j', (url) => {
    expect(() => createHttpSink({ url })).toThrow('--events-addr')
  })
})

describe('encodeFluxEvent', () => {
  it('leaves out what is empty', () => {
    const bare = { ...event, metadata: {}, reportingInstance: '' }
    expect(Object.keys(JSON.parse(encodeFluxEvent(bare)) as object)).not.toContain('metadata')
    expect(encodeFluxEvent(bare)).not.toContain('reportingInstance')
  })
})
