// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { KubeClient, KubeLog, ObjectRef } from '@tidelock/kube'
import type { OwnerKey } from '../model/owner.ts'

/** What an ownership cache is made of. One per target cluster, with the controller's own identity: it only observes. */
export interface OwnershipCacheOptions {
  readonly client: KubeClient
  /** `kustomize.toolkit.fluxcd.io`: the watch selects on its `name` label. */
  readonly labelGroup: string
  /** The name under which we apply. */
  readonly fieldManager: string
  readonly disallowedManagers?: readonly string[]
  readonly clock: Clock
  readonly random?: () => number
  readonly log?: KubeLog
}

/**
 * Why an object is suspect: it is gone (`deleted`; it may also have lost its owner label), values of ours were changed or removed (`changed`),
 * a manager that Flux takes over has fields on it (`taken-over`), its labels name another owner, or only a look can tell (`unclear`).
 */
export type SuspectCause = 'deleted' | 'changed' | 'taken-over' | 'owner-changed' | 'unclear'

/** An object that may have drifted. Only GET and dry run decide. */
export interface Suspect {
  readonly owner: OwnerKey
  readonly object: ObjectRef
  readonly cause: SuspectCause
  /** The field manager that made the newest changed foreign entry; `unknown` when no entry tells. */
  readonly culprit: string
  /** Everybody whose entries appeared or changed since we applied the object, the newest first; empty when no entry tells. */
  readonly managers: readonly string[]
  /**
   * `now`: correct at once. `interval`: report at once, correct at the owner's interval (scale, rollout restart, other
   * controllers, moved objects, and a second offence by one manager on one object within the interval; unknown culprits have three).
   */
  readonly urgency: 'now' | 'interval'
  /** Only with `owner-changed`: whom the labels name now; undefined when they were removed or cannot be known. */
  readonly newOwner?: OwnerKey | undefined
  /** Whether this is the second offence by the culprit on the object within the interval. */
  readonly repeated: boolean
}

/** How well a kind is watched. */
export interface KindCoverage {
  readonly apiVersion: string
  readonly kind: string
  readonly state: 'starting' | 'watching' | 'forbidden' | 'failing'
  readonly message: string
}
