// SPDX-License-Identifier: Apache-2.0
import type { AuthDeps } from '../deps.ts'
import type { Identity } from '../identity.ts'

/** What a `kubeConfig.configMapRef` says, and who asks. */
export interface ClusterRequest {
  /** `aws`, `azure`, `gcp` or `generic`. */
  readonly provider: string
  /** The cluster's name at the provider, in full; see the docs of each provider. */
  readonly cluster?: string
  /** Of the API server; absent: as the provider says. */
  readonly address?: string
  /** PEM; absent: as the provider says. */
  readonly caCert?: string
  /** Of the ServiceAccount token; empty: the provider's default. */
  readonly audiences: readonly string[]
  readonly identity: Identity
}

/** How to reach a cluster for a while. Secret: never log it. */
export interface ClusterAccess {
  readonly server: string
  /** PEM; absent: the system's roots. */
  readonly caData?: string
  readonly token: string
  readonly expiresAtMs: number
}

/** One provider's way to a cluster. */
export type GetAccess = (request: ClusterRequest, deps: AuthDeps, signal: AbortSignal) => Promise<ClusterAccess>
