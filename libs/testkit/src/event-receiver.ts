// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { FluxEvent } from '@tidelock/api'

/** What `--events-addr` points at: takes Flux's events over HTTP and keeps them. */
export class EventReceiver implements AsyncDisposable {
  readonly events: FluxEvent[] = []
  readonly url: string
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  }

  static async start(): Promise<EventReceiver> {
    const server = createServer((request, response) => {
      const read = async (): Promise<void> => {
        receiver.events.push(JSON.parse(await text(request)) as FluxEvent)
        response.writeHead(202).end()
      }
      read().catch(() => response.destroy())
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const receiver = new EventReceiver(server)
    return receiver
  }

  /** The events about objects of that name, oldest first. */
  of(name: string): FluxEvent[] {
    return this.events.filter(({ involvedObject }) => involvedObject.name === name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}
