// SPDX-License-Identifier: Apache-2.0
import { connect, isIP, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { basicAuthorization } from './authorization.ts'
import { HttpError } from './http-error.ts'
import { type HttpProxy, parseProxy, type ProxyServer } from './proxy.ts'
import { connectSocks5 } from './socks5.ts'

// an import would load what `http` exports beside, Node's WebSocket: 12 MiB
const { request: httpRequest } = process.getBuiltinModule('node:http')

/** How a connection through a proxy is made. */
export interface DialOptions {
  /** For all steps together. Default 10 s. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Trust for a proxy that is reached by https; default the system's. */
  readonly tls?: Pick<ConnectionOptions, 'secureContext' | 'ca' | 'rejectUnauthorized'>
}

/**
 * A connection to `target` through a proxy: CONNECT with http and https, else SOCKS5. Nothing was read of what the target
 * sends. The caller destroys it. Throws `ProxyFailed` with the proxy's words and never its credentials, `InvalidUrl`, or the
 * signal's reason.
 */
export async function dialProxy(
  proxy: HttpProxy,
  target: { readonly host: string; readonly port: number },
  options: DialOptions = {},
): Promise<Socket> {
  const server = parseProxy(proxy)
  const { timeoutMs = 10_000, signal } = options
  signal?.throwIfAborted()
  const limit = AbortSignal.timeout(timeoutMs)
  const combined = signal === undefined ? limit : AbortSignal.any([signal, limit])
  let socket: Socket | undefined
  try {
    socket = await open(server, options.tls, combined)
    return await whileOpen(socket, combined, (open) => handshake(open, server, target))
  } catch (error) {
    socket?.destroy()
    signal?.throwIfAborted()
    if (limit.aborted) throw proxyFailed(server, `timed out after ${timeoutMs / 1000}s`)
    throw proxyFailed(server, 'connection failed', error)
  }
}

/** The error of a proxy that does not do what is asked of it. */
export function proxyFailed(server: ProxyServer, message: string, cause?: unknown): HttpError {
  return new HttpError('ProxyFailed', `proxy ${server.origin}: ${message}`, cause === undefined ? {} : { cause })
}

/** The value of the Proxy-Authorization header; undefined without credentials. */
export function proxyAuthorization({ credentials }: ProxyServer): string | undefined {
  return credentials === undefined ? undefined : basicAuthorization(credentials)
}

/** A connection to the proxy itself, encrypted for https. */
function open(server: ProxyServer, tls: DialOptions['tls'], signal: AbortSignal): Promise<Socket> {
  const { host, port } = server
  const secure = server.protocol === 'https:'
  const socket = secure
    ? connectTls({ host, port, ...(isIP(host) === 0 ? { servername: host } : {}), ...tls })
    : connect({ host, port })
  return whileOpen(
    socket,
    signal,
    (opened) => new Promise((resolve) => opened.once(secure ? 'secureConnect' : 'connect', () => resolve(opened))),
  )
}

/** The result of `act`, unless the socket fails or the signal aborts before; then the socket is destroyed. */
async function whileOpen<T>(socket: Socket, signal: AbortSignal, act: (socket: Socket) => Promise<T>): Promise<T> {
  const broken = Promise.withResolvers<never>()
  const onError = (error: Error): void => broken.reject(error)
  const onClose = (): void => broken.reject(new Error('it closed the connection'))
  const onAbort = (): void => broken.reject(signal.reason as Error)
  socket.on('error', onError).on('close', onClose)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    if (signal.aborted) onAbort()
    return await Promise.race([act(socket), broken.promise])
  } catch (error) {
    // a failure after this one is nobody's
    socket.on('error', () => undefined).destroy()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
    socket.off('error', onError).off('close', onClose)
  }
}

async function handshake(
  socket: Socket,
  server: ProxyServer,
  target: { readonly host: string; readonly port: number },
): Promise<Socket> {
  if (server.protocol === 'socks5:') {
    await connectSocks5(socket, target, server.credentials)
    return socket
  }
  return connectHttp(socket, server, target)
}

function connectHttp(
  socket: Socket,
  server: ProxyServer,
  target: { readonly host: string; readonly port: number },
): Promise<Socket> {
  const host = isIP(target.host) === 6 ? `[${target.host}]` : target.host
  const path = `${host}:${target.port}`
  const authorization = proxyAuthorization(server)
  const headers = { host: path, ...(authorization === undefined ? {} : { 'proxy-authorization': authorization }) }
  return new Promise((resolve, reject) => {
    httpRequest({ method: 'CONNECT', path, headers, createConnection: () => socket })
      .on('connect', (response, _socket, head) => {
        if (response.statusCode !== 200) return reject(refused(response.statusCode, response.statusMessage))
        // a target that speaks first, as SSH does, may have been heard already
        if (head.length > 0) socket.unshift(head)
        resolve(socket)
      })
      .on('response', (response) => reject(refused(response.statusCode, response.statusMessage)))
      .on('error', reject)
      .end()
  })
}

function refused(status: number | undefined, text: string | undefined): Error {
  if (status === 407)
    return new Error('proxy authentication required: it refused the user name or the password, or wants them')
  const words = (text ?? '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .trim()
    .slice(0, 100)
  return new Error(`it answered CONNECT with status ${status}${words === '' ? '' : ` ${words}`}`)
}
