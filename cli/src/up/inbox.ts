// SPDX-License-Identifier: Apache-2.0
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hasCode } from '@tidelock/errors'
import type { DataPaths } from './paths.ts'

/** A message as the inbox keeps it. */
export interface InboxMessage {
  /** RFC 3339. */
  readonly at: string
  /** What was posted, as JSON where it is such, else as text. */
  readonly body: unknown
}

/** A service on loopback that the sample's Provider sends to: it keeps what is posted and shows it to who asks. */
export interface InboxServer {
  readonly url: string
  stop(): Promise<void>
}

const kept = 500
const maxBytes = 1 << 20

/** Starts the inbox on the port of the last time, or on another one where somebody took it. `POST` keeps a message, `GET` shows the last 500. */
export async function startInbox({ inboxPort }: Pick<DataPaths, 'inboxPort'>): Promise<InboxServer> {
  const messages: InboxMessage[] = []
  const server = createServer((request, response) => {
    answer(messages, request, response).catch(() => response.destroy())
  })
  const usual = Number(await readFile(inboxPort, 'utf8').catch(() => '0'))
  await listen(server, Number.isInteger(usual) && usual > 0 && usual < 65_536 ? usual : 0)
  const { port } = server.address() as AddressInfo
  if (port !== usual) await writeFile(inboxPort, `${port}\n`)
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function listen(server: Server, port: number): Promise<void> {
  try {
    const listening = once(server, 'listening')
    server.listen(port, '127.0.0.1')
    await listening
  } catch (error) {
    if (port === 0 || !hasCode(error, 'EADDRINUSE')) throw error
    await listen(server, 0)
  }
}

async function answer(messages: InboxMessage[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') {
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(messages, null, 2)}\n`)
    return
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBytes) chunks.push(chunk)
  }
  if (size > maxBytes) return void response.writeHead(413).end()
  messages.push({ at: new Date().toISOString(), body: parse(Buffer.concat(chunks).toString('utf8')) })
  if (messages.length > kept) messages.shift()
  response.writeHead(202).end()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
