// SPDX-License-Identifier: Apache-2.0
import { readdir, readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { createHttpClient, proxyFromEnvironment } from '@tidelock/http'
import type { HttpClient, HttpProxy, HttpTls, ProxySelector, RetryClock } from '@tidelock/http'
import { closeAgents, createAgents } from './agents.ts'
import type { AuthDeps, Env } from './deps.ts'
import { AuthError } from './errors.ts'
import { TokenCache } from './token-cache.ts'
import type { TokenCacheObserver } from './token-cache.ts'

export interface OpenAuthOptions {
  readonly env: Env
  readonly clock: RetryClock
  readonly userAgent: string
  /** 0: no token is kept. */
  readonly cacheMaxSize: number
  readonly cacheMaxDurationMs: number
  readonly observer?: TokenCacheObserver
  /** PEM of certificate authorities that are trusted beside the system's own. */
  readonly ca?: string
  /** Other origins for Google's services, by the host that they stand for (`sts.googleapis.com`). */
  readonly googleOrigins?: Readonly<Record<string, string>>
  /** Default: the machine's. */
  readonly random?: () => number
}

/** Connections and tokens of one process; disposing ends the connections. */
export type OpenAuth = AuthDeps & AsyncDisposable

/** Makes what the rest of this package works with. No SDK is loaded. Throws `CredentialsInvalid` when a file that `VAULT_*` names cannot be read. */
export async function openAuth(options: OpenAuthOptions): Promise<OpenAuth> {
  const { env, clock, userAgent, ca, googleOrigins, cacheMaxSize, cacheMaxDurationMs, observer } = options
  const proxy = proxyFromEnvironment(env)
  const client = (tls: HttpTls) => createClient(userAgent, proxy, tls)
  const trust = ca === undefined ? {} : { ca }
  const vaultTls = await readVaultTls(env, ca)
  const http = client(trust)
  const agents = createAgents(ca, env)
  const vaultHttp = vaultTls === undefined ? http : client({ ...trust, ...vaultTls })
  const cache =
    cacheMaxSize === 0
      ? {}
      : {
          cache: new TokenCache({
            maxSize: cacheMaxSize,
            maxDurationMs: cacheMaxDurationMs,
            now: () => clock.now(),
            ...(observer === undefined ? {} : { observer }),
          }),
        }
  return {
    ...{ env, clock, hostname: hostname(), http, vaultHttp, agents, random: options.random ?? Math.random, ...cache },
    ...(ca === undefined ? {} : { ca }),
    ...(googleOrigins === undefined ? {} : { googleOrigins }),
    [Symbol.asyncDispose]: async () => {
      closeAgents(agents)
      await http.close()
      if (vaultHttp !== http) await vaultHttp.close()
    },
  }
}

/** A client for the services of clouds: bounded, and it follows no redirect, which would carry a credential elsewhere. */
export function createAuthClient(
  userAgent: string,
  proxy: HttpProxy | ProxySelector,
  ca: string | undefined,
): HttpClient {
  return createClient(userAgent, proxy, ca === undefined ? {} : { ca })
}

function createClient(userAgent: string, proxy: HttpProxy | ProxySelector, tls: HttpTls): HttpClient {
  const timeouts = { connectMs: 5000, headersMs: 15_000, bodyMs: 15_000 }
  return createHttpClient({ userAgent, maxRedirects: 0, proxy, timeouts, ...tls })
}

/** The TLS settings that the Vault command's variables name; undefined without any. */
async function readVaultTls(env: Env, ca: string | undefined): Promise<HttpTls | undefined> {
  const caText =
    env['VAULT_CACERT_BYTES'] || (await readNamed(env, 'VAULT_CACERT')) || (await readFolder(env, 'VAULT_CAPATH'))
  const cert = await readNamed(env, 'VAULT_CLIENT_CERT')
  const key = await readNamed(env, 'VAULT_CLIENT_KEY')
  if (caText === undefined && cert === undefined) return undefined
  const both = [ca, caText].filter((text) => text !== undefined && text !== '')
  return {
    ...(both.length === 0 ? {} : { ca: both.join('\n') }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  }
}

// all files of a folder and of those within, as Vault's own client reads them
async function readFolder(env: Env, name: string): Promise<string | undefined> {
  const path = env[name]
  if (path === undefined || path === '') return undefined
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
    return (await Promise.all(files.sort().map(readUnlessFolder))).join('\n')
  } catch (error) {
    throw new AuthError('CredentialsInvalid', `${name}: cannot read the folder`, { cause: error })
  }
}

// of a mounted ConfigMap `..data` is a link to a folder, whose files are found in it already
async function readUnlessFolder(path: string): Promise<string> {
  return (await stat(path)).isDirectory() ? '' : readFile(path, 'utf8')
}

async function readNamed(env: Env, name: string): Promise<string | undefined> {
  const path = env[name]
  if (path === undefined || path === '') return undefined
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new AuthError('CredentialsInvalid', `${name}: cannot read the file`, { cause: error })
  }
}
