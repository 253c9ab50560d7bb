// SPDX-License-Identifier: Apache-2.0
import { Agent as TlsAgent } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { dialProxy } from '@tidelock/http'
import type { HttpProxy } from '@tidelock/http'
import type { Agents, Env } from './deps.ts'
import { trustedRoots } from './trust.ts'

// an import would load what `http` exports beside, Node's WebSocket: 12 MiB
const { Agent } = process.getBuiltinModule('node:http')

const settings = { keepAlive: true, maxSockets: 32, maxFreeSockets: 4, timeout: 30_000 }

/** Makes the pools, which trust `ca` beside the system's authorities and use the environment's proxies; `closeAgents` ends them. */
export function createAgents(ca: string | undefined, env: Env = {}): Agents {
  const proxied = { ...settings, proxyEnv: { ...env } }
  const trust = ca === undefined ? {} : { ca: trustedRoots(ca) }
  return { http: new Agent(proxied), https: new TlsAgent({ ...proxied, ...trust }) }
}

type Opened = (error: Error | null, socket: Duplex) => void
type Target = { readonly host?: string | null | undefined; readonly port?: number | string | null | undefined }

/** Makes pools whose connections go through a proxy by http, https or SOCKS5; `closeAgents` ends them. */
export function createProxiedAgents(proxy: HttpProxy, ca: string | undefined): Agents {
  const trust = ca === undefined ? {} : { ca: trustedRoots(ca) }
  const dial = ({ host, port }: Target, defaultPort: number) =>
    dialProxy(proxy, { host: host ?? '', port: Number(port ?? defaultPort) }, { timeoutMs: 5000, tls: trust })
  const http = new Agent(settings)
  http.createConnection = (target, opened) => settle(dial(target, 80), opened)
  const https = new TlsAgent({ ...settings, ...trust })
  https.createConnection = (target, opened) => {
    const host = target.host ?? ''
    const names = isIP(host) === 0 ? { servername: host } : {}
    const secure = dial(target, 443).then((socket) => connectTls({ ...trust, socket, host, ...names }))
    return settle(secure, opened)
  }
  return { http, https }
}

function settle(dialled: Promise<Duplex>, opened: Opened | undefined): undefined {
  dialled.then(
    (socket) => opened?.(null, socket),
    (error: unknown) => opened?.(error as Error, undefined as unknown as Duplex),
  )
}

/** Ends all connections; requests under way fail. */
export function closeAgents(agents: Agents): void {
  agents.http.destroy()
  agents.https.destroy()
}
