// SPDX-License-Identifier: Apache-2.0
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { once } from 'node:events'

const taken = new Set<number>()

// below those that systems give to outgoing connections, one of which could sit on the port of a server that restarts
const first = 12_000
const last = 29_999
const tries = 500

/**
 * A port on 127.0.0.1 that was free a moment ago and that this process has not handed out before.
 * Another process may still take it first: who uses it must cope with that.
 */
export async function findFreePort(): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const port = await probePort(attempt < tries ? randomInt(first, last + 1) : 0)
    if (port !== undefined && !taken.has(port)) {
      taken.add(port)
      return port
    }
  }
}

/** Whether nobody listens on this port of 127.0.0.1. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await probePort(port)) !== undefined
}

async function probePort(port: number): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen({ host: '127.0.0.1', port, exclusive: true })
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : undefined
}
