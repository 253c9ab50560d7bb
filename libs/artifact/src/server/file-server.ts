// SPDX-License-Identifier: Apache-2.0
import type { Stats } from 'node:fs'
import { open, readdir } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { hasCode } from '@tidelock/errors'
import { contentTypeOf } from './content-type.ts'
import { renderListing } from './listing.ts'
import type { ByteRange } from './range.ts'
import { parseRange } from './range.ts'
import type { Served } from './resolve.ts'
import { resolveServed, segmentsOf } from './resolve.ts'

/** What a file server serves. */
export interface FileServerOptions {
  /** The root of the store. */
  readonly root: string
  /** Told of failures other than a client that went away. */
  readonly onError?: (error: unknown) => void
}

/**
 * Answers GET and HEAD with the files of a store: single ranges, ETag and conditions, directory listings as Flux's server has them
 * (so that `GET /` says that the server is ready). Never leaves the root, never shows locks or unfinished files.
 */
export function createFileServer(options: FileServerOptions): RequestListener {
  const { root, onError = () => undefined } = options
  return (request, response) => {
    answer(root, request, response).catch((error: unknown) => {
      if (hasCode(error, 'ERR_STREAM_PREMATURE_CLOSE') || hasCode(error, 'ECONNRESET') || hasCode(error, 'EPIPE'))
        return
      onError(error)
      // once the head is sent, only a broken connection tells the client
      if (response.headersSent) response.destroy()
      else sendText(response, 500, 'internal error')
    })
  }
}

async function answer(root: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return sendText(response, 405, 'method not allowed')
  }
  const segments = segmentsOf(request.url ?? '/')
  const served = segments === undefined ? undefined : await resolveServed(root, segments)
  if (served?.stats.isDirectory() === true) return sendDirectory(served.path, request, response)
  const isFilePath = !(request.url ?? '/').split('?')[0]?.endsWith('/')
  if (served?.stats.isFile() === true && isFilePath) return sendFile(served, request, response)
  sendText(response, 404, '404 page not found')
}

async function sendDirectory(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [pathname = '/', query] = (request.url ?? '/').split('?', 2)
  if (!pathname.endsWith('/')) {
    // relative, so that the redirect holds behind any proxy
    const last = pathname.slice(pathname.lastIndexOf('/') + 1)
    response.writeHead(301, { location: `./${last}/${query === undefined ? '' : `?${query}`}` }).end()
    return
  }
  const body = Buffer.from(renderListing(await readdir(path, { withFileTypes: true })))
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-length': body.length })
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function sendFile(served: Served, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const file = await open(served.path, 'r')
  try {
    // of the open file: the path may have another one by now
    const stats = await file.stat()
    const etag = etagOf(stats)
    if (isUnchanged(request, etag, stats)) {
      response.writeHead(304, { etag, 'last-modified': stats.mtime.toUTCString() }).end()
      return
    }
    const range = parseRange(mayRange(request, etag) ? request.headers.range : undefined, stats.size)
    const headers = fileHeaders(served.path, stats, etag)
    if (range === 'unsatisfiable') {
      response.writeHead(416, { ...headers, 'content-length': 0, 'content-range': `bytes */${stats.size}` }).end()
      return
    }
    response.writeHead(range === undefined ? 200 : 206, { ...headers, ...rangeHeaders(range, stats.size) })
    if (request.method === 'HEAD') response.end()
    else await pipeline(file.createReadStream({ ...range, autoClose: false }), response)
  } finally {
    await file.close()
  }
}

function etagOf({ mtimeMs, size, ino }: Stats): string {
  return `"${ino.toString(16)}-${Math.round(mtimeMs * 1000).toString(16)}-${size.toString(16)}"`
}

function fileHeaders(path: string, stats: Stats, etag: string): Record<string, string | number> {
  return {
    'content-type': contentTypeOf(path),
    'content-length': stats.size,
    'accept-ranges': 'bytes',
    'last-modified': stats.mtime.toUTCString(),
    etag,
    'x-content-type-options': 'nosniff',
  }
}

function rangeHeaders(range: ByteRange | undefined, size: number): Record<string, string | number> {
  if (range === undefined) return {}
  return {
    'content-length': range.end - range.start + 1,
    'content-range': `bytes ${range.start}-${range.end}/${size}`,
  }
}

/** Whether the client's copy is still good: by tag if it sent one, else by time. */
function isUnchanged({ headers }: IncomingMessage, etag: string, stats: Stats): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags.split(',').some((tag) => ['*', etag].includes(tag.trim().replace(/^W\//, '')))
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return Math.floor(stats.mtimeMs / 1000) * 1000 <= since
}

/** A range of a file that has changed since would not fit what the client has. */
function mayRange({ headers }: IncomingMessage, etag: string): boolean {
  const condition = headers['if-range']
  return condition === undefined || condition === etag
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' })
  response.end(response.req.method === 'HEAD' ? undefined : `${text}\n`)
}
