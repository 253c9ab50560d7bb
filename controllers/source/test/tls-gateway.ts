// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'

const read = (name: string): string => readFileSync(new URL(`../testdata/tls/${name}`, import.meta.url), 'utf8')

/** The authority of the gateway's certificate. */
export const gatewayCa: string = read('ca.crt')
/** Another authority, which has nothing to do with it. */
export const otherCa: string = readFileSync(new URL('../../../libs/http/testdata/tls/ca.crt', import.meta.url), 'utf8')
/** Client certificates that the gateway asks for, by name. */
export const clients: Readonly<Record<'tenant-a' | 'tenant-b', { readonly cert: string; readonly key: string }>> = {
  'tenant-a': { cert: read('tenant-a.crt'), key: read('tenant-a.key') },
  'tenant-b': { cert: read('tenant-b.crt'), key: read('tenant-b.key') },
}

/** A TLS connection, and what came by it. */
export interface SeenConnection {
  /** The name in the client's certificate; empty without one. */
  readonly client: string
  readonly paths: string[]
  isOpen: boolean
}

/** How a gateway behaves. */
export interface GatewayOptions {
  /** Clients must show a certificate. */
  readonly mutual?: boolean
  /** Answers in the server's stead. */
  readonly intercept?: (incoming: IncomingMessage) => GatewayAnswer | undefined
}

/** An answer of the gateway's own. */
interface GatewayAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** The server behind it, or the one that a request is for. */
type Target = string | ((incoming: IncomingMessage) => string)

/** Speaks TLS in front of a plain server, and remembers who asked by which connection. It never ends an idle one. */
export class TlsGateway implements AsyncDisposable {
  readonly connections: SeenConnection[] = []
  readonly #server: Server
  readonly #bySocket = new WeakMap<object, SeenConnection>()

  private constructor(target: Target, { mutual = false, intercept }: GatewayOptions) {
    const tls = { cert: read('server.crt'), key: read('server.key'), ca: gatewayCa }
    this.#server = createServer({ ...tls, requestCert: mutual, rejectUnauthorized: mutual }, (incoming, outgoing) => {
      this.#bySocket.get(incoming.socket)?.paths.push(incoming.url ?? '')
      const own = intercept?.(incoming)
      if (own !== undefined) {
        incoming.resume()
        outgoing.writeHead(own.status, own.headers).end(own.body)
        return
      }
      const onward = request(new URL(incoming.url ?? '', typeof target === 'string' ? target : target(incoming)), {
        method: incoming.method,
        headers: incoming.headers,
        agent: false,
      })
      onward.on('response', (answer) => {
        const { connection: _connection, 'keep-alive': _limit, ...headers } = answer.headers
        outgoing.writeHead(answer.statusCode ?? 502, headers)
        answer.pipe(outgoing)
      })
      onward.on('error', () => outgoing.destroy())
      incoming.pipe(onward)
    })
    this.#server.keepAliveTimeout = 0
    this.#server.on('secureConnection', (socket: TLSSocket) => {
      const name = socket.getPeerCertificate().subject?.CN
      const seen: SeenConnection = { client: typeof name === 'string' ? name : '', paths: [], isOpen: true }
      this.connections.push(seen)
      this.#bySocket.set(socket, seen)
      socket.on('error', () => socket.destroy())
      socket.on('close', () => {
        seen.isOpen = false
      })
    })
  }

  static async start(target: Target, options: GatewayOptions = {}): Promise<TlsGateway> {
    const gateway = new TlsGateway(target, options)
    await new Promise<void>((resolve) => {
      gateway.#server.listen(0, '127.0.0.1', resolve)
    })
    return gateway
  }

  /** `127.0.0.1:<port>`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The connections by which a path with this text was asked for. */
  carrying(text: string): SeenConnection[] {
    return this.connections.filter(({ paths }) => paths.some((path) => path.includes(text)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
  }
}
