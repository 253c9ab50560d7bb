// SPDX-License-Identifier: Apache-2.0
import { Agent as TlsAgent } from 'node:https'
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

/** Ends all connections; requests under way fail. */
export function closeAgents(agents: Agents): void {
  agents.http.destroy()
  agents.https.destroy()
}
