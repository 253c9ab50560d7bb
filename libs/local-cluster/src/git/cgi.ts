// SPDX-License-Identifier: Apache-2.0
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { GitProgram } from './git-program.ts'

/** What the backend is to serve and how. */
export interface CgiOptions {
  readonly git: GitProgram
  readonly root: string
  /** Decoded, with a slash in front; see `parseTarget`. */
  readonly path: string
  readonly query: string
  /** The authenticated user; empty for none. */
  readonly user: string
  /** Git settings for this request alone. */
  readonly config: Readonly<Record<string, string>>
}

/** The head of the backend's answer; the body follows on `body`. */
export interface CgiResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Readable
  /** Ends the backend and what it started; does nothing to one that has ended. */
  readonly kill: () => void
}

/** Splits a request's target; undefined for what is no path below the root. */
export function parseTarget(target: string): { path: string; query: string } | undefined {
  const [encoded = '', query = ''] = target.split(/\?(.*)/s)
  let path: string
  try {
    path = decodeURIComponent(encoded)
  } catch {
    return undefined
  }
  const isBelowRoot = path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..')
  return isBelowRoot ? { path, query } : undefined
}

const MAX_HEAD_BYTES = 64 * 1024

/** Runs `git http-backend` for one request, streaming its body in; resolves once the head of the answer is there. */
export async function runHttpBackend(request: IncomingMessage, options: CgiOptions): Promise<CgiResponse> {
  const child = spawn(options.git.path, ['http-backend'], {
    env: cgiEnvironment(request, options),
    stdio: ['pipe', 'pipe', 'ignore'],
    // A group of its own, so that the programs which Git starts in turn can be ended with it.
    detached: true,
  })
  const kill = (): void => killGroup(child)
  child.stdin.on('error', () => undefined)
  try {
    await once(child, 'spawn')
    // The backend may answer and close its input before it has read everything; its answer then counts.
    pipeline(request, child.stdin).catch(() => undefined)
    const { head, rest } = await readHead(child.stdout)
    if (rest.length > 0) child.stdout.unshift(rest)
    return { ...parseHead(head), body: child.stdout, kill }
  } catch (error) {
    kill()
    throw error
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function cgiEnvironment(request: IncomingMessage, options: CgiOptions): Record<string, string> {
  const config = Object.entries(options.config)
  const env: Record<string, string> = {
    ...options.git.env,
    GIT_PROJECT_ROOT: options.root,
    GIT_HTTP_EXPORT_ALL: '1',
    PATH_INFO: options.path,
    QUERY_STRING: options.query,
    REQUEST_METHOD: request.method ?? 'GET',
    CONTENT_TYPE: request.headers['content-type'] ?? '',
    REMOTE_ADDR: request.socket.remoteAddress ?? '',
    REMOTE_USER: options.user,
    SERVER_PROTOCOL: 'HTTP/1.1',
    GIT_CONFIG_COUNT: String(config.length),
  }
  for (const [index, [key, value]] of config.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key
    env[`GIT_CONFIG_VALUE_${index}`] = value
  }
  setIfPresent(env, 'CONTENT_LENGTH', request.headers['content-length'])
  setIfPresent(env, 'HTTP_CONTENT_ENCODING', request.headers['content-encoding'])
  setIfPresent(env, 'GIT_PROTOCOL', request.headers['git-protocol'])
  return env
}

function setIfPresent(env: Record<string, string>, key: string, value: string | string[] | undefined): void {
  if (typeof value === 'string') env[key] = value
}

async function readHead(stream: Readable): Promise<{ head: string; rest: Buffer }> {
  let seen = Buffer.alloc(0)
  for (;;) {
    const chunk = stream.read() as Buffer | null
    if (chunk === null) {
      if (stream.readableEnded || stream.destroyed) throw new Error('git http-backend ended without an answer')
      await Promise.race([once(stream, 'readable'), once(stream, 'end'), once(stream, 'close')])
      continue
    }
    seen = Buffer.concat([seen, chunk])
    const match = /\r?\n\r?\n/.exec(seen.toString('latin1'))
    if (match !== null) {
      return { head: seen.toString('latin1', 0, match.index), rest: seen.subarray(match.index + match[0].length) }
    }
    if (seen.length > MAX_HEAD_BYTES) throw new Error('git http-backend sent no end of its headers')
  }
}

function parseHead(head: string): { status: number; headers: Record<string, string> } {
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of head.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim().toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else if (colon > 0) headers[name] = value
  }
  return { status, headers }
}
