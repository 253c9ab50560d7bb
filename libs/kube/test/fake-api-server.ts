// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request that the fake got. */
export interface SeenRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

type Handler = (request: SeenRequest, response: ServerResponse) => void | Promise<void>

/** An HTTP server whose answers a test writes itself, for what a real API server does only when it is unwell. */
export class FakeApiServer implements AsyncDisposable {
  readonly requests: SeenRequest[] = []
  /** Answers every request but discovery. */
  handler: Handler
  readonly #server: Server

  private constructor(server: Server, handler: Handler) {
    this.#server = server
    this.handler = handler
  }

  static async start(handler: Handler): Promise<FakeApiServer> {
    const server = createServer()
    const fake = new FakeApiServer(server, handler)
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void fake.#serve(request, response))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return fake
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Requests other than discovery. */
  get asked(): readonly SeenRequest[] {
    return this.requests.filter(({ path }) => path !== '/api' && path !== '/apis')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const url = new URL(request.url ?? '/', 'http://fake')
    const seen = {
      method: request.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    }
    this.requests.push(seen)
    const discovery = discoveryDocuments[url.pathname]
    if (discovery !== undefined) sendJson(response, 200, discovery)
    else await this.handler(seen, response)
  }
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** Answers with a Status. */
export function sendStatus(response: ServerResponse, code: number, reason: string, extra: object = {}): void {
  const headers: Record<string, string> = {}
  sendJson(
    response,
    code,
    { kind: 'Status', code, reason, message: `status ${reason}`, details: { name: 'x' }, ...extra },
    headers,
  )
}

/** A ConfigMap as the server would send it. */
export function configMap(name: string, resourceVersion: string, data: Record<string, string> = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'ns', uid: `uid-${name}`, resourceVersion, managedFields: [{ manager: 'm' }] },
    data,
  }
}

/** A watch frame. */
export function frame(type: string, object: object): string {
  return `${JSON.stringify({ type, object })}\n`
}

/** A bookmark frame; `ends` marks the one that ends a streamed list. */
export function bookmark(resourceVersion: string, ends: boolean = false): string {
  const annotations = ends ? { 'k8s.io/initial-events-end': 'true' } : {}
  return frame('BOOKMARK', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { resourceVersion, annotations } })
}

const version = (resources: readonly [string, string][]): object => ({
  version: 'v1',
  freshness: 'Current',
  resources: resources.map(([resource, kind]) => ({ resource, responseKind: { kind }, scope: 'Namespaced' })),
})

const discoveryDocuments: Readonly<Record<string, object>> = {
  '/api': {
    kind: 'APIGroupDiscoveryList',
    items: [
      {
        metadata: {},
        versions: [
          version([
            ['configmaps', 'ConfigMap'],
            ['pods', 'Pod'],
          ]),
        ],
      },
    ],
  },
  '/apis': {
    kind: 'APIGroupDiscoveryList',
    items: [{ metadata: { name: 'coordination.k8s.io' }, versions: [version([['leases', 'Lease']])] }],
  },
}
