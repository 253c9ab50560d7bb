// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request as the inbox took it. */
export interface Letter {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** How the inbox behaves: a status, a cut connection, silence, or an answer of its own. */
export type Behaviour = number | 'cut' | 'hang' | ((letter: Letter, response: ServerResponse) => void)

/** A service that messages are sent to: keeps every request, and answers as it is told. */
export class Inbox implements AsyncDisposable {
  readonly letters: Letter[] = []
  /** How further requests are answered. */
  behaviour: Behaviour = 200
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(behaviour: Behaviour = 200): Promise<Inbox> {
    const server = createServer((request, response) => {
      const read = async (): Promise<void> => {
        const { method = '', url = '', headers } = request
        const letter = { method, path: url, headers, body: await text(request) }
        inbox.letters.push(letter)
        inbox.#answer(letter, response)
      }
      read().catch(() => response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const inbox = new Inbox(server)
    inbox.behaviour = behaviour
    return inbox
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** The bodies as JSON. */
  json<T = Record<string, unknown>>(): T[] {
    return this.letters.map(({ body }) => JSON.parse(body) as T)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  #answer(letter: Letter, response: ServerResponse): void {
    const { behaviour } = this
    if (typeof behaviour === 'function') behaviour(letter, response)
    else if (behaviour === 'cut') response.destroy()
    else if (behaviour !== 'hang') response.writeHead(behaviour).end('answer')
  }
}
