// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { delimiterPacket, encodePacket, flushPacket } from '../src/pkt-line.ts'

/** What a scripted server was asked. */
interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export type Answer = (response: ServerResponse, asked: Asked) => unknown

/** A server that says what a test wants, right or wrong. */
export interface ScriptedServer {
  readonly url: string
  readonly asked: Asked[]
  close(): Promise<void>
}

export const advertisementType = 'application/x-git-upload-pack-advertisement'
export const resultType = 'application/x-git-upload-pack-result'

export async function scriptedServer(answer: Answer): Promise<ScriptedServer> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void (async () => {
      let body = ''
      for await (const chunk of request) body += (chunk as Buffer).toString('latin1')
      const one = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
      asked.push(one)
      response.on('error', () => undefined)
      answer(response, one)
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers of a server that speaks version 2; each may be replaced. */
export function versionTwo(parts: {
  readonly advertise?: Answer
  readonly list?: Answer
  readonly fetch?: Answer
}): Answer {
  return (response, asked) => {
    if (asked.method === 'GET') return (parts.advertise ?? advertise(capabilities))(response, asked)
    if (asked.body.includes('command=ls-refs')) return (parts.list ?? send(flushPacket))(response, asked)
    return (parts.fetch ?? send(flushPacket))(response, asked)
  }
}

export const capabilities: Buffer = Buffer.concat([
  encodePacket('# service=git-upload-pack\n'),
  flushPacket,
  encodePacket('version 2\n'),
  encodePacket('agent=scripted\n'),
  encodePacket('ls-refs=unborn\n'),
  encodePacket('fetch=shallow filter\n'),
  encodePacket('object-format=sha1\n'),
  flushPacket,
])

export function advertise(bytes: Buffer): Answer {
  return (response) => response.writeHead(200, { 'content-type': advertisementType }).end(bytes)
}

export function send(...parts: readonly Buffer[]): Answer {
  return (response) => response.writeHead(200, { 'content-type': resultType }).end(Buffer.concat(parts))
}

/** One line for each reference, as version 2 lists them. */
export function listing(...lines: readonly string[]): Buffer {
  return Buffer.concat([...lines.map((line) => encodePacket(`${line}\n`)), flushPacket])
}

/** A pack as version 2 sends it, in packets of this size. */
export function packAnswer(pack: Buffer, packetBytes = 60_000): Buffer {
  const packets = [
    encodePacket('shallow-info\n'),
    encodePacket(`shallow ${'1'.repeat(40)}\n`),
    delimiterPacket,
    encodePacket('packfile\n'),
  ]
  packets.push(band(2, 'Counting objects\r'))
  for (let at = 0; at < pack.length; at += packetBytes) packets.push(band(1, pack.subarray(at, at + packetBytes)))
  return Buffer.concat([...packets, flushPacket])
}

export function band(number: number, content: Buffer | string): Buffer {
  return encodePacket(Buffer.concat([Buffer.of(number), Buffer.from(content)]))
}

/** Sends bytes a few at a time. */
export function drip(response: ServerResponse, bytes: Buffer): void {
  response.writeHead(200, { 'content-type': resultType })
  const step = (at: number): void => {
    if (at >= bytes.length) response.end()
    else response.write(bytes.subarray(at, at + 7), () => setImmediate(step, at + 7))
  }
  step(0)
}

/** Sends the first bytes, then the others (or the same) for as long as anybody listens. */
export function forever(response: ServerResponse, first: Buffer, then: Buffer = first): void {
  response.writeHead(200, { 'content-type': resultType })
  response.write(first)
  const chunk = Buffer.concat(Array.from({ length: Math.ceil(65_536 / then.length) }, () => then))
  const more = (): void => {
    if (!response.destroyed) response.write(chunk, () => setImmediate(more))
  }
  more()
}
