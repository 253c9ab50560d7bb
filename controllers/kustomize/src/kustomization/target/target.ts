// SPDX-License-Identifier: Apache-2.0
import type { KubeClient } from '@tidelock/kube'
import type { HealthTracker, OwnershipCache } from '@tidelock/ssa'
import type { Account } from './account.ts'

/** Where a Kustomization is applied, and as whom. */
export interface Target {
  /** Names the cluster and the account; differs when either does. Holds no secret. */
  readonly id: string
  /** Undefined: as the identity with which the cluster is reached. */
  readonly account: Account | undefined
  /** Reads, dry-runs, applies and deletes as the account. */
  readonly client: KubeClient
  /** The same cluster, as the identity with which it is reached: it only observes. */
  readonly observer: KubeClient
  /** What was applied to this cluster, by whatever account: it is watched by the observer. */
  readonly ownership: OwnershipCache
  /** Waits for health as the account. */
  readonly health: HealthTracker
}

/** Part of a run whose target is known. */
export interface Targeted {
  readonly target: Target
}
