// SPDX-License-Identifier: Apache-2.0
import { createRequire } from 'node:module'
import type * as undici from 'undici'

const load = createRequire(import.meta.url)
// what undici's own index does, without the rest of it: fetch, WebSocket, caches and mocks take 13 MiB in each process
const dispatcher = load('undici/lib/dispatcher/dispatcher.js') as typeof undici.Dispatcher
Object.assign(dispatcher.prototype, load('undici/lib/api/index.js'))

/** Connections to any origin. */
export const Agent: typeof undici.Agent = load('undici/lib/dispatcher/agent.js') as typeof undici.Agent
/** Connections to one origin. */
export const Pool: typeof undici.Pool = load('undici/lib/dispatcher/pool.js') as typeof undici.Pool
/** Connections through a proxy. */
export const ProxyAgent: typeof undici.ProxyAgent = load(
  'undici/lib/dispatcher/proxy-agent.js',
) as typeof undici.ProxyAgent
/** Makes what opens connections. */
export const buildConnector: typeof undici.buildConnector = load(
  'undici/lib/core/connect.js',
) as typeof undici.buildConnector
