// SPDX-License-Identifier: Apache-2.0
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'

/** How the proxy treats connections: pass bytes, answer none (the peers see a live but silent connection), or refuse. */
export type ProxyMode = 'pass' | 'stall' | 'refuse'

/** A TCP proxy in front of an API server that can be unwell on command. */
export class TcpProxy implements AsyncDisposable {
  mode: ProxyMode = 'pass'
  /** Connections accepted, refused ones included. */
  accepted = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #target: { readonly host: string; readonly port: number }

  private constructor(target: URL) {
    this.#target = { host: target.hostname, port: Number(target.port) }
    this.#server = createServer((socket) => this.#accept(socket))
  }

  static async start(server: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(server))
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  get url(): string {
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** Resets every open connection, wherever in a frame it is. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Lets each open connection carry so many more bytes to the client, then resets it. */
  cutAfter(bytes: number): void {
    for (const socket of this.#sockets) Object.assign(socket, { bytesLeft: bytes })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #accept(client: Socket): void {
    this.accepted += 1
    client.on('error', () => {})
    if (this.mode === 'refuse') return void client.resetAndDestroy()
    const upstream = connect(this.#target)
    upstream.on('error', () => client.destroy())
    this.#sockets.add(client)
    client.on('close', () => {
      this.#sockets.delete(client)
      upstream.destroy()
    })
    upstream.on('close', () => client.destroy())
    client.on('data', (chunk) => {
      if (this.mode === 'pass') upstream.write(chunk)
    })
    upstream.on('data', (chunk: Buffer) => {
      if (this.mode === 'pass') this.#forward(client, chunk)
    })
  }

  #forward(client: Socket & { bytesLeft?: number }, chunk: Buffer): void {
    if (client.bytesLeft === undefined) return void client.write(chunk)
    const part = chunk.subarray(0, client.bytesLeft)
    client.bytesLeft -= part.length
    client.write(part, () => {
      if (client.bytesLeft === 0) client.resetAndDestroy()
    })
  }
}
