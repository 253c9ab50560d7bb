// SPDX-License-Identifier: Apache-2.0
import type { RequestListener, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { RuntimeError } from './errors.ts'
import type { ListenAddress } from './listen-address.ts'

// an import would load what `http` exports beside, Node's WebSocket: 12 MiB
const { createServer } = process.getBuiltinModule('node:http')

/** A server that is listening. */
export interface RunningServer {
  /** `host:port`, with the port that it really has. */
  readonly address: string
  /** Takes no more connections and ends those that are open. */
  close(): Promise<void>
}

/**
 * Starts a plain HTTP server; headers within 10 s, the whole request within 30 s. `maxHeaderBytes` absent: 16 KiB. Throws `ServerFailed`
 * naming the address when it cannot listen there.
 */
export async function serveHttp(
  address: ListenAddress,
  listener: RequestListener,
  { maxHeaderBytes = 16 << 10 }: { readonly maxHeaderBytes?: number } = {},
): Promise<RunningServer> {
  const limits = { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: maxHeaderBytes }
  const server = createServer(limits, listener)
  await listen(server, address)
  const { address: host, port, family } = server.address() as AddressInfo
  return {
    address: family === 'IPv6' ? `[${host}]:${port}` : `${host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function listen(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint = cause.code === 'EADDRINUSE' ? ': the port is taken, give another' : ''
      reject(new RuntimeError('ServerFailed', `cannot listen on ${host ?? ''}:${port}${hint}`, { cause }))
    })
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve)
  })
}
