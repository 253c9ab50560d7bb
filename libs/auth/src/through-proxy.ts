// SPDX-License-Identifier: Apache-2.0
import { createHash } from 'node:crypto'
import type { HttpProxy } from '@tidelock/http'
import { closeAgents, createProxiedAgents } from './agents.ts'
import type { AuthDeps } from './deps.ts'
import { createAuthClient } from './open-auth.ts'

/** What asks for tokens through a proxy. */
export interface ProxiedAuth {
  readonly deps: AuthDeps
  /** Ends its connections. */
  close(): Promise<void>
}

/**
 * The same trust and the same cache, but tokens are asked for through a proxy, and those that came by one proxy are not handed out for
 * another. The metadata services of clouds are asked directly: they know who asks by the connection. Vault is not asked through it.
 * Throws `HttpError` for a proxy that cannot be used.
 */
export function throughProxy(deps: AuthDeps, proxy: HttpProxy, userAgent: string): ProxiedAuth {
  const http = createAuthClient(userAgent, proxy, deps.ca)
  const agents = createProxiedAgents(proxy, deps.ca)
  const print = createHash('sha256').update(JSON.stringify(proxy)).digest('hex')
  return {
    deps: { ...deps, http, agents, proxied: { print, direct: deps.http } },
    close: async () => {
      closeAgents(agents)
      await http.close()
    },
  }
}
