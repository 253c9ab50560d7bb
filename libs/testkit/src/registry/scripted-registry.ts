// SPDX-License-Identifier: Apache-2.0
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A request as the script sees it; its body is read. */
export interface ScriptedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** Answers a request in any way that HTTP, or a broken connection, allows. */
export type RegistryScript = (request: ScriptedRequest, response: ServerResponse) => void | Promise<void>

/** A server on loopback that says what a script says: for registries that lie. Keeps what it was asked. */
export class ScriptedRegistry implements AsyncDisposable {
  /** Oldest first. */
  readonly requests: ScriptedRequest[] = []
  readonly #server: Server
  readonly #scheme: 'http' | 'https'

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.#server = server
    this.#scheme = scheme
  }

  /** Starts one on a free port; with PEM texts over TLS. */
  static async start(
    script: RegistryScript,
    tls?: { readonly cert: string; readonly key: string },
  ): Promise<ScriptedRegistry> {
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      answer(started, script, request, response).catch(() => response.destroy())
    }
    const server = tls === undefined ? createServer(handle) : createTlsServer({ ...tls }, handle)
    const started = new ScriptedRegistry(server, tls === undefined ? 'http' : 'https')
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return started
  }

  /** `127.0.0.1:<port>`. */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  get url(): string {
    return `${this.#scheme}://${this.host}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

async function answer(
  registry: ScriptedRegistry,
  script: RegistryScript,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const { method = '', url = '', headers } = request
  const seen = { method, url, headers, body: Buffer.concat(chunks) }
  registry.requests.push(seen)
  await script(seen, response)
}
