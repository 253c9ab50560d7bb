// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createHttpClient, type HttpClient, type HttpClientOptions, readBounded } from '../src/index.ts'

const pem = (name: string): string => readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url), 'utf8')
const ca = pem('ca.crt')
const clientPair = { cert: pem('client.crt'), key: pem('client.key') }

const open: { close(): unknown }[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map(async (each) => each.close()))
})

async function listen(server: Server & { closeAllConnections?(): void }): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  open.push({
    close: () => {
      server.close()
      server.closeAllConnections?.()
    },
  })
  return (server.address() as AddressInfo).port
}

async function serve(handler: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(createServer(handler))}`
}

async function serveTls(handler: RequestListener, options: ServerOptions = {}): Promise<string> {
  const server = createTlsServer({ cert: pem('server.crt'), key: pem('server.key'), ca, ...options }, handler)
  return `https://127.0.0.1:${await listen(server)}`
}

function client(options: Partial<HttpClientOptions> = {}): HttpClient {
  const created = createHttpClient({ userAgent: 'test', ...options })
  open.push(created)
  return created
}

async function body(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

const echo: RequestListener = (request: IncomingMessage, response: ServerResponse) => {
  void body(request).then((text) =>
    response
      .setHeader('x-two', ['a', 'b'])
      .end(JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body: text })),
  )
}

interface Echo {
  method: string
  url: string
  headers: Record<string, string>
  body: string
}

async function read(client: HttpClient, url: string, rest: object = {}): Promise<Echo & { answered: string }> {
  const response = await client.request({ url, ...rest })
  expect(response.status).toBe(200)
  return { ...(JSON.parse((await readBounded(response.body, 1e6)).toString()) as Echo), answered: response.url }
}

describe('a request', () => {
  it('carries method, headers and body, and the client its name', async () => {
    const origin = await serve(echo)
    const seen = await read(client(), `${origin}/a?b=c`, { method: 'POST', body: 'hello', headers: { 'x-a': '1' } })
    expect(seen).toMatchObject({
      method: 'POST',
      url: '/a?b=c',
      body: 'hello',
      headers: { 'x-a': '1', 'user-agent': 'test' },
    })
  })
  it('streams a body from a function', async () => {
    const origin = await serve(echo)
    const seen = await read(client(), origin, { method: 'PUT', body: () => Readable.from(['he', 'llo']) })
    expect(seen.body).toBe('hello')
  })
  it('turns user information into basic authorization, unless a header is given', async () => {
    const url = (await serve(echo)).replace('//', '//us%C3%A9r:p%40ss%2@')
    const seen = await read(client(), url)
    expect(seen.headers['authorization']).toBe(`Basic ${Buffer.from('usér:p@ss%2').toString('base64')}`)
    expect(seen.answered).not.toContain('p%40ss')
    expect((await read(client(), url, { headers: { authorization: 'Bearer t' } })).headers['authorization']).toBe(
      'Bearer t',
    )
  })
  it('sends no credentials where told so', async () => {
    const seen = await read(client(), await serve(echo), {
      headers: { authorization: 'Bearer t', 'x-key': 'k', 'x-a': '1' },
      credentials: 'omit',
      credentialHeaders: ['x-key'],
    })
    expect(seen.headers).not.toHaveProperty('authorization')
    expect(seen.headers).not.toHaveProperty('x-key')
    expect(seen.headers['x-a']).toBe('1')
  })
  it('joins repeated response headers', async () => {
    const response = await client().request({ url: await serve(echo) })
    expect(response.headers['x-two']).toBe('a, b')
    response.body.destroy()
  })
  it.each(['GET', 'HEAD', 'POST'])('of method %s uses a connection again', async (method) => {
    const ports = new Set<number | undefined>()
    const server = createServer((request, response) => {
      ports.add(request.socket.remotePort)
      response.setHeader('content-length', 1).end('x')
    })
    server.keepAliveTimeout = 0
    const url = `http://127.0.0.1:${await listen(server)}`
    const one = client({ timeouts: { idleMs: 600_000 } })
    for (let i = 0; i < 6; i++) await readBounded((await one.request({ url, method })).body, 10)
    expect(ports.size).toBe(1)
  })
  it('is not misled by a body that a server sends after HEAD', async () => {
    let asked = 0
    const server = createTcpServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.on('data', () => {
        asked++
        const body = 'HTTP/1.1 200 OK\r\nx-body: yes\r\ncontent-length: 0\r\n\r\n'
        socket.write(`HTTP/1.1 200 OK\r\nx-asked: ${asked}\r\ncontent-length: ${body.length}\r\n\r\n${body}`)
      })
    })
    const url = `http://127.0.0.1:${await listen(server)}`
    const one = client()
    for (const nth of ['1', '2', '3']) {
      const { headers, body } = await one.request({ url, method: 'HEAD' })
      await readBounded(body, 10)
      expect(headers['x-asked']).toBe(nth)
    }
  })
  it.each(['ftp://a.io/', 'a.io', ''])('refuses the URL %j', async (url) => {
    await expect(client().request({ url })).rejects.toMatchObject({ code: 'InvalidUrl' })
  })
})

describe('redirects', () => {
  it('are followed with credentials on one origin', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/final') echo(request, response)
      else response.writeHead(302, { location: '/final' }).end('moved')
    })
    const seen = await read(client(), `${origin}/start`, { headers: { authorization: 'Bearer t' } })
    expect(seen).toMatchObject({ url: '/final', headers: { authorization: 'Bearer t' }, answered: `${origin}/final` })
  })
  it('leave credentials behind on another', async () => {
    const other = await serve(echo)
    const origin = await serve((_request, response) => response.writeHead(307, { location: `${other}/x` }).end())
    const response = await client().request({
      url: origin,
      method: 'POST',
      body: 'data',
      headers: { authorization: 'Bearer t', 'private-token': 'p', 'x-a': '1' },
      credentialHeaders: ['private-token'],
    })
    expect(response).toMatchObject({ status: 200, credentialsDropped: true })
    const seen = JSON.parse((await readBounded(response.body, 1e6)).toString()) as Echo
    expect(seen).toMatchObject({ method: 'POST', body: 'data', headers: { 'x-a': '1' } })
    expect(seen.headers).not.toHaveProperty('authorization')
    expect(seen.headers).not.toHaveProperty('private-token')
  })
  it('end after the bound', async () => {
    const origin = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end())
    await expect(client({ maxRedirects: 3 }).request({ url: origin })).rejects.toMatchObject({
      code: 'TooManyRedirects',
    })
  })
  it('are handed to the caller when none are allowed', async () => {
    const origin = await serve((_request, response) => response.writeHead(302, { location: '/again' }).end())
    const response = await client().request({ url: origin, maxRedirects: 0 })
    expect(response).toMatchObject({ status: 302, headers: { location: '/again' } })
    response.body.destroy()
  })
  it('never lead from https to http', async () => {
    const plain = await serve(echo)
    const origin = await serveTls((_request, response) => response.writeHead(302, { location: plain }).end())
    await expect(client({ ca }).request({ url: origin })).rejects.toMatchObject({ code: 'RedirectRefused' })
  })
})

describe('a body', () => {
  it('is bounded by the reader', async () => {
    const origin = await serve((_request, response) => response.end('x'.repeat(1000)))
    const response = await client().request({ url: origin })
    await expect(readBounded(response.body, 999)).rejects.toMatchObject({ code: 'BodyTooLarge' })
    expect(response.body.destroyed).toBe(true)
  })
  it('is bounded by the request, also when it decodes to more', async () => {
    const origin = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(10_000_000))),
    )
    const response = await client().request({ url: origin, decompress: true, maxBodyBytes: 100_000 })
    await expect(readBounded(response.body, 1e9)).rejects.toMatchObject({
      code: 'BodyTooLarge',
      message: expect.stringContaining('100000'),
    })
  })
  it('is decoded only when asked', async () => {
    const packed = gzipSync('hello')
    const origin = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed),
    )
    const raw = await client().request({ url: origin })
    expect(await readBounded(raw.body, 1000)).toEqual(packed)
    const decoded = await client().request({ url: origin, decompress: true })
    expect((await readBounded(decoded.body, 1000)).toString()).toBe('hello')
  })
  it.each([
    ['an encoding that was not asked for', 'br', 'x'],
    ['broken gzip', 'gzip', 'this is no gzip'],
    ['gzip that ends early', 'gzip', gzipSync('hello hello hello').subarray(0, 20)],
  ])('fails with %s', async (_name, encoding, content) => {
    const origin = await serve((_request, response) =>
      response.writeHead(200, { 'content-encoding': encoding }).end(content),
    )
    const act = client()
      .request({ url: origin, decompress: true })
      .then((response) => readBounded(response.body, 1000))
    await expect(act).rejects.toMatchObject({ name: 'HttpError' })
  })
  it('fails when the connection breaks', async () => {
    const origin = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('half', () => response.destroy())
    })
    const response = await client().request({ url: origin })
    await expect(readBounded(response.body, 1000)).rejects.toMatchObject({
      code: 'ConnectionLost',
      message: expect.stringContaining(origin),
    })
  })
  it('fails with the reason of the signal', async () => {
    const origin = await serve((_request, response) => response.writeHead(200).write('x'))
    const controller = new AbortController()
    const response = await client().request({ url: origin, signal: controller.signal })
    const act = readBounded(response.body, 1000)
    controller.abort(new Error('no longer wanted'))
    await expect(act).rejects.toThrow('no longer wanted')
  })
  it('fails when the server falls silent', async () => {
    const origin = await serve((_request, response) => response.writeHead(200).write('x'))
    const response = await client({ timeouts: { bodyMs: 50 } }).request({ url: origin })
    await expect(readBounded(response.body, 1000)).rejects.toMatchObject({ code: 'Timeout' })
  })
})

describe('failures', () => {
  it('tell a refused connection, with the URL and without its secrets', async () => {
    const server = createServer()
    const port = await listen(server)
    await new Promise((resolve) => server.close(resolve))
    const act = client().request({ url: `http://u:pa55word@127.0.0.1:${port}/x?token=s3cret` })
    await expect(act).rejects.toMatchObject({
      code: 'ConnectFailed',
      message: `GET http://127.0.0.1:${port}/x?token=*****: connection failed`,
    })
  })
  it('tell a server that never answers', async () => {
    const origin = await serve(() => undefined)
    await expect(client({ timeouts: { headersMs: 50 } }).request({ url: origin })).rejects.toMatchObject({
      code: 'Timeout',
    })
  })
  it('tell headers that are too large', async () => {
    const origin = await serve((_request, response) => response.writeHead(200, { 'x-big': 'x'.repeat(5000) }).end())
    await expect(client({ maxHeaderBytes: 2000 }).request({ url: origin })).rejects.toMatchObject({
      code: 'ProtocolError',
    })
  })
  it('tell what is not HTTP', async () => {
    const origin = await serve((request) => request.socket.end('SSH-2.0-OpenSSH_9.6\r\n'))
    await expect(client().request({ url: origin })).rejects.toMatchObject({ code: 'ProtocolError' })
  })
  it('are the reason of an aborted signal', async () => {
    const origin = await serve(() => undefined)
    const controller = new AbortController()
    const act = client().request({ url: origin, signal: controller.signal })
    controller.abort(new Error('stopped'))
    await expect(act).rejects.toThrow('stopped')
    await expect(client().request({ url: origin, signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow(
      'before',
    )
  })
})

describe('TLS', () => {
  it('trusts the given CA, and fails without', async () => {
    const origin = await serveTls(echo)
    await expect(client().request({ url: origin })).rejects.toMatchObject({ code: 'TlsFailed' })
    expect(await read(client({ ca }), origin)).toMatchObject({ method: 'GET' })
  })
  it('checks the name', async () => {
    const origin = (await serveTls(echo)).replace('127.0.0.1', '127.0.0.2')
    await expect(client({ ca }).request({ url: origin })).rejects.toMatchObject({ name: 'HttpError' })
  })
  it('shows the client certificate to its own origin only', async () => {
    const options = { requestCert: true, rejectUnauthorized: true }
    const home = await serveTls(echo, options)
    await expect(client({ ca }).request({ url: home })).rejects.toMatchObject({ name: 'HttpError' })
    const known = client({ ca, ...clientPair })
    expect(await read(known, home)).toMatchObject({ method: 'GET' })

    const shown: unknown[] = []
    const other = await serveTls(
      (request, response) => {
        shown.push((request.socket as unknown as { getPeerCertificate(): object }).getPeerCertificate())
        response.end('{}')
      },
      { requestCert: true, rejectUnauthorized: false },
    )
    const away = await serveTls((_request, response) => response.writeHead(302, { location: other }).end(), options)
    await read(known, away)
    await read(known, other, { credentials: 'omit' })
    await read(known, other)
    expect(shown).toEqual([{}, {}, expect.objectContaining({ subject: expect.objectContaining({ CN: 'client' }) })])
  })
  it.each([
    ['a CA that is no PEM', { ca: 'nonsense', cert: 'x' }],
    ['a key of another certificate', { cert: clientPair.cert, key: pem('server.key') }],
    ['a key that is no PEM', { cert: clientPair.cert, key: 'SECRET' }],
  ])('refuses %s at once', (_name, options) => {
    const act = () => createHttpClient({ userAgent: 'test', ...options })
    expect(act).toThrow(expect.objectContaining({ code: 'TlsFailed' }))
    expect(act).not.toThrow(/SECRET/)
  })
})
