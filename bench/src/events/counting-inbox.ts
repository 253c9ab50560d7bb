// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A service that takes messages and notes how long each was on its way. */
export interface CountingInbox extends AsyncDisposable {
  readonly url: string
  /** Index of the event to how often it came. */
  readonly counts: ReadonlyMap<number, number>
  /** From the making of an event to its arrival, in milliseconds; first arrivals alone. */
  readonly delaysMs: readonly number[]
}

/** Starts one on loopback. */
export async function startCountingInbox(): Promise<CountingInbox> {
  const counts = new Map<number, number>()
  const delaysMs: number[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.writeHead(200).end()
      const { message } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { message: string }
      const [index, madeAtMs] = message.split(' ').map(Number)
      if (index === undefined || madeAtMs === undefined || Number.isNaN(madeAtMs)) return
      const count = counts.get(index) ?? 0
      counts.set(index, count + 1)
      if (count === 0) delaysMs.push(Date.now() - madeAtMs)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    counts,
    delaysMs,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
