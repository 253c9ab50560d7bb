// SPDX-License-Identifier: Apache-2.0
import { kustomizeGroup } from '@tidelock/api'
import type { Clock, Kustomization, ObjectKey } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { HealthTracker, OwnershipCache } from '@tidelock/ssa'
import type { Suspect } from '@tidelock/ssa'
import type { Target } from './target.ts'

/** What targets are made of. */
export interface TargetsOptions {
  /** The own cluster, with the controller's identity. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  readonly fieldManager: string
  readonly overrideManagers: readonly string[]
}

/** Told of an object that drifted, with a client of the cluster that it is in. */
export type SuspectListener = (suspect: Suspect, cluster: KubeClient) => void

/** The clusters and accounts that Kustomizations are applied with. */
export class Targets implements AsyncDisposable {
  readonly #own: Target

  constructor({ client, clock, log, fieldManager, overrideManagers }: TargetsOptions) {
    const common = { client, clock, log }
    const labelGroup = kustomizeGroup
    const ownership = new OwnershipCache({
      ...common,
      labelGroup,
      fieldManager,
      disallowedManagers: overrideManagers,
    })
    this.#own = { id: 'own', client, ownership, health: new HealthTracker(common) }
  }

  /** The target that the spec names. */
  resolve(_obj: Kustomization, _signal: AbortSignal): Promise<Target> {
    return Promise.resolve(this.#own)
  }

  /** Calls the listener for each new suspicion on any cluster, until the returned function is called. */
  onSuspect(listener: SuspectListener): () => void {
    const { client, ownership } = this.#own
    return ownership.onSuspect((suspect) => listener(suspect, client))
  }

  /** Drops what is known of the Kustomization's objects. */
  forget(key: ObjectKey): void {
    this.#own.ownership.forget(key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own.health.close()
    await this.#own.ownership.close()
  }
}
