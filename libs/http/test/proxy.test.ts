// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import { startHttpProxy, startSocksProxy, type TestProxy, type TestProxyOptions } from '@tidelock/testkit'
import {
  createHttpClient,
  dialProxy,
  type HttpClient,
  type HttpClientOptions,
  proxyFromEnvironment,
  readBounded,
} from '../src/index.ts'

const pem = (name: string): string => readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url), 'utf8')
const ca = pem('ca.crt')
const tls = { cert: pem('server.crt'), key: pem('server.key') }
const auth = { username: 'pröxy', password: 's3cr3t:@/ü' }

const stack: AsyncDisposable[] = []
afterEach(async () => {
  for (const each of stack.splice(0).reverse()) await each[Symbol.asyncDispose]()
})

async function listen(server: Server & { closeAllConnections?(): void }): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stack.push({
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      server.closeAllConnections?.()
    },
  })
  return (server.address() as AddressInfo).port
}

const echo: RequestListener = (request, response) => response.end(JSON.stringify([request.url, request.headers]))

async function start(kind: 'http' | 'https' | 'socks5', options: TestProxyOptions = {}): Promise<TestProxy> {
  const proxy =
    kind === 'socks5'
      ? await startSocksProxy(options)
      : await startHttpProxy(kind === 'https' ? { ...options, tls } : options)
  stack.push(proxy)
  return proxy
}

function client(proxy: HttpClientOptions['proxy'], options: Partial<HttpClientOptions> = {}): HttpClient {
  const created = createHttpClient({ userAgent: 'test', ca, ...(proxy === undefined ? {} : { proxy }), ...options })
  stack.push(created)
  return created
}

async function read(from: HttpClient, url: string): Promise<[string, Record<string, string>]> {
  const response = await from.request({ url, headers: { authorization: 'Bearer mine' } })
  expect(response.status).toBe(200)
  return JSON.parse((await readBounded(response.body, 1e6)).toString()) as [string, Record<string, string>]
}

const kinds = ['http', 'https', 'socks5'] as const

describe.each(kinds)('a proxy by %s', (kind) => {
  it('is asked for plain http and for https, with its credentials, which the target does not see', async () => {
    const plain = `http://127.0.0.1:${await listen(createServer(echo))}`
    const secure = `https://127.0.0.1:${await listen(createTlsServer(tls, echo))}`
    const proxy = await start(kind, { auth })
    const through = client({ url: proxy.url, ...auth })
    for (const target of [plain, secure, plain]) {
      const [url, headers] = await read(through, `${target}/a?b=c`)
      expect(url).toBe('/a?b=c')
      expect(headers).toMatchObject({ host: new URL(target).host, 'user-agent': 'test', authorization: 'Bearer mine' })
      expect(headers).not.toHaveProperty('proxy-authorization')
    }
    const whole = kind === 'socks5' ? `CONNECT ${new URL(plain).host}` : `GET ${plain}/a?b=c`
    expect(proxy.asked).toEqual(expect.arrayContaining([whole, `CONNECT ${new URL(secure).host}`]))
  })

  it('looks names up itself', async () => {
    const port = await listen(createServer(echo))
    const proxy = await start(kind, {
      hosts: { 'inside.example.com:80': `127.0.0.1:${port}`, 'inside.example.com': `127.0.0.1:${port}` },
    })
    const [, headers] = await read(client({ url: proxy.url }), 'http://inside.example.com/')
    expect(headers['host']).toBe('inside.example.com')
  })

  it.each([
    ['wrong ones', { username: 'pröxy', password: 'hunter2hunter2' }],
    ['none', {}],
  ])('that wants credentials refuses %s, which no error repeats', async (_what, given) => {
    const secure = `https://127.0.0.1:${await listen(createTlsServer(tls, echo))}`
    const proxy = await start(kind, { auth })
    const act = client({ url: proxy.url, ...given }).request({ url: secure })
    const error = await act.then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    )
    expect(error).toMatchObject({
      code: 'ProxyFailed',
      message: expect.stringMatching(new RegExp(`^GET ${secure}/: proxy ${proxy.url}: connection failed$`)),
      cause: { message: expect.stringMatching(/authentication (required|failed)/) },
    })
    expect(JSON.stringify([error, String(error), error?.cause, String(error?.cause)])).not.toContain('hunter2')
  })

  it('that cannot reach the target says so', async () => {
    const port = await listen(createTcpServer())
    const proxy = await start(kind, {
      hosts: { 'a.example.com:443': '127.0.0.1:1', [`a.example.com:${port}`]: '127.0.0.1:1' },
    })
    await expect(client({ url: proxy.url }).request({ url: 'https://a.example.com/' })).rejects.toMatchObject({
      code: 'ProxyFailed',
      cause: { message: expect.stringMatching(/502 Bad Gateway|connection refused/) },
    })
  })

  it('that is not there is named', async () => {
    const proxy = await start(kind)
    await proxy[Symbol.asyncDispose]()
    for (const url of ['https://a.example.com/', ...(kind === 'socks5' ? ['http://a.example.com/'] : [])]) {
      await expect(client({ url: proxy.url }).request({ url })).rejects.toMatchObject({
        code: 'ProxyFailed',
        message: expect.stringContaining(`proxy ${proxy.url}: connection failed`),
        cause: { code: 'ECONNREFUSED' },
      })
    }
  })

  it('that never answers is left at the time limit, and when the signal aborts', async () => {
    const port = await listen(createTcpServer())
    const proxy = { url: `${kind}://127.0.0.1:${port}` }
    const target = { host: 'a.example.com', port: 443 }
    await expect(dialProxy(proxy, target, { timeoutMs: 20 })).rejects.toMatchObject({
      code: 'ProxyFailed',
      message: expect.stringMatching(/: timed out after 0.02s$/),
    })
    const controller = new AbortController()
    const act = dialProxy(proxy, target, { signal: controller.signal, timeoutMs: 3_600_000 })
    controller.abort(new Error('enough'))
    await expect(act).rejects.toThrow('enough')
  })

  it('that hangs does not keep a client from closing', async () => {
    const port = await listen(createTcpServer())
    const through = client({ url: `${kind}://127.0.0.1:${port}` }, { timeouts: { connectMs: 3_600_000 } })
    const act = through.request({ url: 'https://a.example.com/' })
    await through.close()
    await expect(act).rejects.toMatchObject({ name: 'HttpError' })
  })

  it('loses nothing of a target that speaks first', async () => {
    const greeting = Buffer.alloc(100_000, 'hello ')
    const port = await listen(createTcpServer((socket) => socket.on('error', () => undefined).end(greeting)))
    const proxy = await start(kind)
    const socket = await dialProxy(
      { url: proxy.url },
      { host: '127.0.0.1', port },
      kind === 'https' ? { tls: { ca } } : {},
    )
    const chunks: Buffer[] = []
    for await (const chunk of socket) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).equals(greeting)).toBe(true)
  })
})

describe('a proxy', () => {
  it('is not shown the client certificate', async () => {
    const seen: (object | undefined)[] = []
    const server = createTlsServer(
      { ...tls, ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        seen.push((request.socket as unknown as { getPeerCertificate(): object }).getPeerCertificate())
        response.end(JSON.stringify([request.url, {}]))
      },
    )
    const port = await listen(server)
    const pair = { cert: pem('client.crt'), key: pem('client.key') }
    await read(client({ url: `https://127.0.0.1:${port}` }, pair), 'http://a.example.com/')
    expect(seen).toEqual([{}])
  })

  it('takes its credentials from its URL where none are given', async () => {
    const plain = `http://127.0.0.1:${await listen(createServer(echo))}`
    const proxy = await start('http', { auth })
    const url = proxy.url.replace('//', `//${encodeURIComponent(auth.username)}:${encodeURIComponent(auth.password)}@`)
    await read(client({ url }), plain)
    expect(proxy.asked).toHaveLength(1)
  })

  it('is chosen anew for each redirect', async () => {
    const last = `http://127.0.0.1:${await listen(createServer(echo))}`
    const first = `http://127.0.0.1:${await listen(createServer((_request, response) => response.writeHead(302, { location: `${last}/b` }).end()))}`
    const proxy = await start('http')
    const select = (url: URL) => (url.origin === last ? { url: proxy.url } : undefined)
    expect((await read(client(select), `${first}/a`))[0]).toBe('/b')
    expect(proxy.asked).toEqual([`GET ${last}/b`])
  })

  it.each(['ftp://p:1', 'nonsense', 'http://', 'http://u:hunter2@p:99999'])(
    '%j is refused at once, unrepeated',
    (url) => {
      const act = (): HttpClient => client({ url })
      expect(act).toThrow(expect.objectContaining({ code: 'InvalidUrl' }))
      expect(act).not.toThrow('hunter2')
    },
  )

  it.each([
    ['a version that is not 5', [4, 0]],
    ['a method that was not offered', [5, 1]],
    ['an end in the middle', [5]],
    ['a reply without name', [5, 0, 5, 9, 0, 1]],
    ['an unknown kind of address', [5, 0, 5, 0, 0, 7]],
  ])('that speaks SOCKS5 badly fails: %s', async (_what, bytes) => {
    const port = await listen(createTcpServer((socket) => socket.on('error', () => undefined).end(Buffer.from(bytes))))
    const act = dialProxy({ url: `socks5://127.0.0.1:${port}` }, { host: '::1', port: 1 })
    await expect(act).rejects.toMatchObject({ code: 'ProxyFailed' })
  })

  it('is told an IPv6 address as bytes', async () => {
    const heard = Promise.withResolvers<Buffer>()
    const port = await listen(
      createTcpServer((socket) => {
        const chunks: Buffer[] = []
        socket
          .on('error', () => undefined)
          .on('data', (chunk: Buffer) => {
            chunks.push(chunk)
            const all = Buffer.concat(chunks)
            if (chunks.length === 1) socket.write(Buffer.from([5, 0]))
            if (all.length >= 3 + 22) heard.resolve(all.subarray(3))
          })
      }),
    )
    const controller = new AbortController()
    const act = dialProxy(
      { url: `socks5://127.0.0.1:${port}` },
      { host: '2001:db8::1:2.3.4.5', port: 258 },
      { signal: controller.signal },
    )
    const [, words] = await Promise.allSettled([act, heard.promise.finally(() => controller.abort(new Error('done')))])
    expect(words).toMatchObject({ status: 'fulfilled' })
    expect((await heard.promise).toString('hex')).toBe('0501000420010db80000000000000001020304050102')
    await expect(act).rejects.toThrow('done')
  })

  it.each([[Buffer.alloc(256, 'u').toString()], [Buffer.alloc(254, 'ü').toString() + 'ü']])(
    'cannot carry long credentials',
    async (username) => {
      const proxy = await start('socks5', { auth })
      await expect(dialProxy({ url: proxy.url, username, password: '' }, { host: 'a', port: 1 })).rejects.toMatchObject(
        {
          cause: { message: 'the user name is longer than the 255 bytes that SOCKS5 can carry' },
        },
      )
    },
  )
})

describe('proxyFromEnvironment', () => {
  const choose = (env: Record<string, string>, url: string): string | undefined =>
    proxyFromEnvironment(env)(new URL(url))?.url
  const all = { HTTP_PROXY: 'plain:3128', HTTPS_PROXY: 'http://secure:3128', ALL_PROXY: 'socks5://socks:1080' }

  it.each([
    ['http://a/', 'http://plain:3128'],
    ['https://a/', 'http://secure:3128'],
    ['ssh://git@a/', 'socks5://socks:1080'],
    ['http://localhost/', undefined],
    ['https://127.3.2.1/', undefined],
    ['https://[::1]/', undefined],
    ['https://localhost.example.com/', 'http://secure:3128'],
  ])('%s goes by %s', (url, proxy) => {
    expect(choose(all, url)).toBe(proxy)
  })

  it('reads lower case behind upper case, and nothing else', () => {
    expect(choose({ https_proxy: 'http://low:1', HTTPS_PROXY: '' }, 'https://a/')).toBe('http://low:1')
    expect(choose({ https_proxy: 'http://low:1', HTTPS_PROXY: 'http://up:1' }, 'https://a/')).toBe('http://up:1')
    expect(choose({ HTTP_PROXY: 'http://up:1' }, 'https://a/')).toBeUndefined()
    expect(choose({ ALL_PROXY: 'http://up:1' }, 'ssh://a/')).toBeUndefined()
    expect(() => proxyFromEnvironment({ HTTPS_PROXY: 'ftp://u:hunter2@x' })).toThrow('scheme ftp')
  })

  // the rows of golang.org/x/net/http/httpproxy's documentation
  it.each<[string, string, boolean]>([
    ['*', 'https://a/', true],
    ['a.com', 'https://a.com/', true],
    ['a.com', 'https://A.com./', true],
    ['a.com', 'https://b.a.com/', true],
    ['a.com', 'https://ba.com/', false],
    ['.a.com', 'https://a.com/', false],
    ['.a.com', 'https://b.a.com/', true],
    ['*.a.com', 'https://a.com/', false],
    ['*.a.com', 'https://b.a.com/', true],
    ['a.com:8443', 'https://a.com/', false],
    ['a.com:8443', 'https://a.com:8443/', true],
    ['a.com:443', 'https://a.com/', true],
    [' x , a.com ', 'https://a.com/', true],
    ['10.0.0.0/8', 'https://10.1.2.3/', true],
    ['10.0.0.0/8', 'https://11.1.2.3/', false],
    ['10.0.0.0/99', 'https://10.1.2.3/', false],
    ['10.0.0.1', 'https://10.0.0.1/', true],
    ['10.0.0.1:444', 'https://10.0.0.1/', false],
    ['fd00::/8', 'https://[fd12::1]/', true],
    ['fd00::1', 'https://[fd00:0:0::1]/', true],
    ['[fd00::1]:443', 'https://[fd00::1]/', true],
    ['', 'https://a.com/', false],
  ])('NO_PROXY=%s and %s', (NO_PROXY, url, without) => {
    expect(choose({ ...all, NO_PROXY }, url) === undefined).toBe(without)
  })
})
