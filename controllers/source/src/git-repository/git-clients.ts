// SPDX-License-Identifier: Apache-2.0
import { openHttpClient } from '@tidelock/git'
import type { HttpClient } from '@tidelock/http'
import { clientKey } from '../connections/client-key.ts'
import type { Acquired, KeptClients } from '../connections/kept-clients.ts'
import { idleConnectionMs } from '../connections/limits.ts'
import type { GitAccess } from './access.ts'

/** Whose client it is, and how long its server may be silent. */
export interface GitClientUser {
  readonly owner: string
  readonly namespace: string
  readonly timeoutMs: number
  readonly userAgent: string
}

/** The kept client for the server of `spec.url`, which is one of http or https. Throws a `GitError` for TLS material or a proxy that cannot be used. */
export function acquireGitClient(
  clients: KeptClients<HttpClient>,
  access: GitAccess,
  { owner, namespace, timeoutMs, userAgent }: GitClientUser,
): Acquired<HttpClient> {
  const { url, auth = {}, tls = {}, proxy, credentialSource } = access
  const given = auth.basic ?? auth.bearer
  const credentials = credentialSource ?? given
  const key = clientKey({ namespace, server: [new URL(url).origin, timeoutMs], tls, proxy, credentials })
  const settings = { url, tls, timeoutMs, userAgent, idleMs: idleConnectionMs }
  return clients.acquire({ owner, purpose: 'repository', key }, () =>
    openHttpClient({ ...settings, ...(proxy === undefined ? {} : { proxy }) }),
  )
}
