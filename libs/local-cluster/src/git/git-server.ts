// SPDX-License-Identifier: Apache-2.0
import { createHash, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseTarget, runHttpBackend } from './cgi.ts'
import { findGit, type GitProgram } from './git-program.ts'

/** What clients must show; Git sends basic credentials only when asked, bearer tokens through `http.extraHeader`. */
export type GitServerAuth = { readonly username: string; readonly password: string } | { readonly bearer: string }

/** PEM texts. With `clientCa` every client must show a certificate that this authority signed. */
export interface GitServerTls {
  readonly cert: string
  readonly key: string
  readonly clientCa?: string
}

/** One request, as hooks see it. */
export interface GitRequest {
  readonly method: string
  /** Path and query, such as `/app.git/info/refs?service=git-upload-pack`. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
}

/** Another answer than Git's: a status with a body, or the connection cut without one. */
export type GitAnswer =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  | 'cut'

/** Where tests make the server slow, failing, cut or lying. */
export interface GitServerHooks {
  /** Runs before each request (authentication included) and may take its time; what it answers is sent in place of Git's answer. */
  readonly onRequest?: (request: GitRequest) => Promise<GitAnswer | undefined> | GitAnswer | undefined
  /** May wrap the body of Git's answer: to slow it, end it early or change it. A stream that fails cuts the connection. */
  readonly onResponseBody?: (request: GitRequest, body: Readable) => Readable
}

/** How the server is to be. */
export interface GitServerOptions {
  /** The folder with bare repositories; `/<path below it>` is their URL. */
  readonly root: string
  /** Default: a free one. */
  readonly port?: number
  readonly auth?: GitServerAuth
  readonly tls?: GitServerTls
  /** Whether receive-pack is served; default false. */
  readonly allowPush?: boolean
  /** Whether clients may fetch any commit by its id, as big hosters let them; default true. */
  readonly allowAnySha1InWant?: boolean
  readonly hooks?: GitServerHooks
  /** A `PATH` to find git on. Absent: the usual system folders. */
  readonly searchPath?: string
}

/** A running server; the caller stops it. */
export interface GitServer {
  /** Such as `http://127.0.0.1:41236`, without a slash at the end. */
  readonly url: string
  readonly port: number
  /** Cuts open connections, ends Git's processes, frees the port. */
  stop(): Promise<void>
}

/** Serves bare repositories over Git's smart HTTP protocol on 127.0.0.1. Throws `ToolMissing` without git. */
export async function startGitServer(options: GitServerOptions): Promise<GitServer> {
  const git = await findGit(options.searchPath)
  const running = new Set<() => void>()
  const context: Context = { git, options, running }
  const server = createListener(options.tls, (request, response) => {
    serve(context, request, response).catch(() => response.destroy())
  })
  server.listen({ host: '127.0.0.1', port: options.port ?? 0, exclusive: true })
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    port,
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      for (const kill of running) kill()
      await closed
    },
  }
}

interface Context {
  readonly git: GitProgram
  readonly options: GitServerOptions
  /** Ends each backend that still runs. */
  readonly running: Set<() => void>
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void

function createListener(tls: GitServerTls | undefined, listener: Listener): Server {
  // A fetch may take longer than any default limit for requests.
  const limits = { requestTimeout: 0 }
  if (tls === undefined) return createServer(limits, listener)
  const client = tls.clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: true, ca: tls.clientCa }
  return createTlsServer({ ...limits, cert: tls.cert, key: tls.key, ...client }, listener)
}

async function serve(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { options } = context
  const seen: GitRequest = { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers }
  const answer = await options.hooks?.onRequest?.(seen)
  if (answer === 'cut') {
    request.socket.destroy()
  } else if (answer !== undefined) {
    response.writeHead(answer.status, answer.headers).end(answer.body)
  } else if (options.auth !== undefined && !isAuthorized(request, options.auth)) {
    const scheme = 'bearer' in options.auth ? 'Bearer' : 'Basic'
    response.writeHead(401, { 'www-authenticate': `${scheme} realm="git"` }).end('authentication required\n')
  } else {
    await serveGit(context, seen, request, response)
  }
}

async function serveGit(
  { git, options, running }: Context,
  seen: GitRequest,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const target = parseTarget(seen.url)
  if (target === undefined) {
    response.writeHead(404).end('not found\n')
    return
  }
  const backend = await runHttpBackend(request, {
    git,
    root: resolve(options.root),
    ...target,
    user: options.auth === undefined ? '' : 'git',
    config: {
      'http.receivepack': String(options.allowPush ?? false),
      'uploadpack.allowAnySHA1InWant': String(options.allowAnySha1InWant ?? true),
      'uploadpack.allowFilter': 'true',
      'safe.directory': '*',
    },
  })
  running.add(backend.kill)
  try {
    response.writeHead(backend.status, backend.headers)
    await pipeline(options.hooks?.onResponseBody?.(seen, backend.body) ?? backend.body, response)
  } catch (error) {
    backend.kill()
    throw error
  } finally {
    running.delete(backend.kill)
  }
}

function isAuthorized(request: IncomingMessage, auth: GitServerAuth): boolean {
  const expected =
    'bearer' in auth
      ? `Bearer ${auth.bearer}`
      : `Basic ${Buffer.from(`${auth.username}:${auth.password}`, 'utf8').toString('base64')}`
  return timingSafeEqual(digest(request.headers.authorization ?? ''), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
