// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A request as a service sees it. */
export interface Seen {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text, or a value that is sent as JSON. */
  readonly body?: unknown
}

export type Handler = (request: Seen) => Answer | Promise<Answer>

/** A service on loopback, with all that it was asked. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly seen: Seen[]
  /** How many connections were made to it. */
  connections(): number
}

/** Serves until it is disposed; an exception of the handler becomes status 599 with its message, so that a wrong request fails the test. */
export async function serve(handler: Handler, tls?: { readonly cert: string; readonly key: string }): Promise<Service> {
  const seen: Seen[] = []
  const listener = async (
    request: IncomingMessage,
    respond: (status: number, headers: Record<string, string>, body: string) => void,
  ): Promise<void> => {
    const one = await read(request)
    seen.push(one)
    try {
      const { status = 200, headers = {}, body = '' } = await handler(one)
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      respond(status, { 'content-type': 'application/json', ...headers }, text)
    } catch (error) {
      respond(599, {}, String(error))
    }
  }
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void listener(request, (status, headers, body) => response.writeHead(status, headers).end(body))
  }
  const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest)
  let connections = 0
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    seen,
    connections: () => connections,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

async function read(request: IncomingMessage): Promise<Seen> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : (value ?? ''),
    ]),
  )
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  }
}
