// SPDX-License-Identifier: Apache-2.0
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { listenLocally } from './listen-locally.ts'

/** How a proxy of the tests behaves. */
export interface TestProxyOptions {
  /** Whom it serves. Default: everyone. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** An HTTP proxy that is itself reached by https. */
  readonly tls?: { readonly cert: string; readonly key: string }
  /** Where a target really is: `host:port` by `host:port`. */
  readonly hosts?: Readonly<Record<string, string>>
}

/** A proxy on loopback. */
export interface TestProxy extends AsyncDisposable {
  readonly url: string
  /** What it was asked for: `CONNECT host:port` or `GET http://…`, in order; refused ones too. */
  readonly asked: readonly string[]
}

/** Starts an HTTP proxy: CONNECT for anything, and whole requests for plain http. */
export async function startHttpProxy(options: TestProxyOptions = {}): Promise<TestProxy> {
  const asked: string[] = []
  const forward = (incoming: IncomingMessage, outgoing: ServerResponse): void => {
    asked.push(`${incoming.method} ${incoming.url}`)
    if (!isAllowed(incoming, options)) {
      outgoing.writeHead(407, { 'proxy-authenticate': 'Basic realm="test"' }).end()
      return
    }
    const url = new URL(incoming.url ?? '')
    const { 'proxy-authorization': _secret, ...headers } = incoming.headers
    url.host = options.hosts?.[url.host] ?? url.host
    const onward = request(url, { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writableEnded || outgoing.writeHead(502).end())
    incoming.pipe(onward)
  }
  const server: Server = options.tls === undefined ? createServer(forward) : createTlsServer(options.tls, forward)
  server.on('connect', (incoming: IncomingMessage, socket: Duplex) => {
    asked.push(`CONNECT ${incoming.url}`)
    socket.on('error', () => socket.destroy())
    if (isAllowed(incoming, options)) tunnel(socket, incoming.url ?? '', options)
    else socket.end('HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n')
  })
  const { port, close } = await listenLocally(server)
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    asked,
    [Symbol.asyncDispose]: close,
  }
}

function isAllowed({ headers }: IncomingMessage, { auth }: TestProxyOptions): boolean {
  if (auth === undefined) return true
  const wanted = `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`
  return headers['proxy-authorization'] === wanted
}

function tunnel(socket: Duplex, authority: string, { hosts }: TestProxyOptions): void {
  const target = new URL(`tcp://${hosts?.[authority] ?? authority}`)
  const onward = connect(Number(target.port), target.hostname.replace(/^\[(.*)\]$/, '$1'))
  onward
    .once('connect', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    .on('error', () => (socket.writable ? socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n') : socket.destroy()))
    .on('close', () => socket.destroy())
  socket.on('close', () => onward.destroy())
}
