// SPDX-License-Identifier: Apache-2.0
import type { Agent } from 'node:http'
import type { Agent as TlsAgent } from 'node:https'
import type { HttpClient, RetryClock } from '@tidelock/http'
import type { TokenCache, TokenUser } from './token-cache.ts'

/** Variables of the environment. */
export type Env = Readonly<Record<string, string | undefined>>

/** Kept-alive connections for SDKs that bring their own HTTP client. */
export interface Agents {
  readonly http: Agent
  readonly https: TlsAgent
}

/** What everything here is given rather than reaches for. `openAuth` makes it. */
export interface AuthDeps {
  readonly env: Env
  readonly clock: RetryClock
  /** A number in [0, 1). */
  readonly random: () => number
  /** Of this machine or pod: names the sessions at AWS. */
  readonly hostname: string
  /** To the services of Google and Azure. */
  readonly http: HttpClient
  /** To Vault and OpenBao, with the trust and client certificate that `VAULT_*` name. */
  readonly vaultHttp: HttpClient
  readonly agents: Agents
  /** Set where `http` and `agents` lead through the proxy of an object (`throughProxy`). */
  readonly proxied?: {
    /** Tells proxies apart, for the cache. */
    readonly print: string
    /** For services that know who asks by the connection. */
    readonly direct: HttpClient
  }
  /** Absent: nothing is kept, every call asks anew. */
  readonly cache?: TokenCache
  /** On whose behalf the cache is asked; for its metrics. */
  readonly user?: TokenUser
  /** PEM of certificate authorities that are trusted beside the system's own. */
  readonly ca?: string
  /** Other origins for Google's services, by the host that they stand for (`sts.googleapis.com`). */
  readonly googleOrigins?: Readonly<Record<string, string>>
}
