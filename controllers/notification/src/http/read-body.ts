// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Most that an event or a webhook may have, as Flux: 3 MiB. */
const maxBodyBytes: number = 3 << 20
/** Most that the headers of a request may have, as Flux: 256 KiB. */
export const maxHeaderBytes: number = 256 << 10

// who sends far too much is cut off; who sends a little too much reads the answer
const cutOffBytes = 4 * maxBodyBytes

/** The body, or undefined when it was too large or cut short; 413 or 400 has then been answered. */
export async function readBody(request: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > cutOffBytes) break
      if (size <= maxBodyBytes) chunks.push(chunk)
    }
  } catch {
    answer(response, 400)
    return undefined
  }
  if (size <= maxBodyBytes) return Buffer.concat(chunks, size)
  answer(response, 413, { connection: 'close' })
  return undefined
}

/** Answers with a status and perhaps a text. */
export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
  text: string = '',
): void {
  if (response.headersSent || response.destroyed) return
  const type = text === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }
  const fields = { ...type, 'content-length': String(Buffer.byteLength(text)), ...headers }
  // set one by one: what is given to writeHead cannot be read again
  for (const [name, value] of Object.entries(fields)) response.setHeader(name, value)
  response.writeHead(status).end(text)
}
