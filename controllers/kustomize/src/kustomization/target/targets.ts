// SPDX-License-Identifier: Apache-2.0
import { formatKey, kustomizeGroup, toKey } from '@tidelock/api'
import type { Kustomization, ObjectKey } from '@tidelock/api'
import { hasCode } from '@tidelock/errors'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import type { Suspect } from '@tidelock/ssa'
import type { Resource } from '../server/rule-set.ts'
import { accountOf } from './account.ts'
import { Cluster } from './cluster.ts'
import { Remotes } from './remotes.ts'
import type { RemotesOptions } from './remotes.ts'
import type { Target } from './target.ts'

/** What targets are made of. Its client is that of the own cluster, with the controller's identity. */
export interface TargetsOptions extends RemotesOptions {
  readonly log: Logger
  readonly fieldManager: string
  readonly overrideManagers: readonly string[]
}

/** Told of an object that drifted, with a client of the cluster that it is in. */
export type SuspectListener = (suspect: Suspect, cluster: KubeClient) => void

/** A change of a server, and which Kustomizations it can concern. */
export interface ServerChange {
  readonly kinds: readonly Resource[]
  readonly why: string
  /** A client of that cluster. */
  readonly client: KubeClient
  /** Whether the Kustomization is applied there. */
  readonly concerns: (key: ObjectKey) => boolean
}

interface Use {
  readonly cluster: Cluster
  readonly target: Target
}

/** The clusters and accounts that Kustomizations are applied with, each made once and shared by all that use it. */
export class Targets implements AsyncDisposable {
  readonly #options: TargetsOptions
  readonly #own: Cluster
  readonly #remotes: Remotes
  readonly #uses = new Map<string, Use>()
  readonly #listeners = new Set<SuspectListener>()
  readonly #coverageListeners = new Set<(owner: ObjectKey) => void>()
  readonly #serverListeners = new Set<(change: ServerChange) => void>()
  readonly #closing = new Set<Promise<void>>()

  constructor(options: TargetsOptions) {
    this.#options = options
    this.#own = this.#createCluster('own', options.client)
    this.#remotes = new Remotes(options, (id, client) => this.#createCluster(id, client))
  }

  /**
   * The target that the spec names. Throws `AccountInvalid`; for a remote cluster `KubeConfigInvalid`, what else is wrong with the
   * reference, `ClusterUnreachable`, or `ClusterSlow` while it is not known yet whether the cluster answers.
   */
  async resolve(obj: Kustomization, signal: AbortSignal): Promise<Target> {
    const account = accountOf(obj, this.#options.defaultServiceAccount)
    const key = toKey(obj)
    const enter = (cluster: Cluster): Target => this.#enter(key, cluster, cluster.enter(account, formatKey(key)))
    if (obj.spec.kubeConfig === undefined) return enter(this.#own)
    try {
      return await this.#remotes.find(obj, enter, signal)
    } catch (error) {
      // the credential was taken away, so what was reached with it must not be reached any longer
      if (hasCode(error, 'KubeConfigInvalid')) this.forget(key)
      throw error
    }
  }

  /** Calls the listener for each new suspicion on any cluster, until the returned function is called. */
  onSuspect(listener: SuspectListener): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Calls the listener for each Kustomization of whose objects a kind begins or ceases to be watched, until the returned function is called. */
  onCoverage(listener: (owner: ObjectKey) => void): () => void {
    this.#coverageListeners.add(listener)
    return () => this.#coverageListeners.delete(listener)
  }

  /** Calls the listener for each change of a server that is applied to, until the returned function is called. */
  onServerChange(listener: (change: ServerChange) => void): () => void {
    this.#serverListeners.add(listener)
    return () => this.#serverListeners.delete(listener)
  }

  /** Stops watching the Kustomization's objects. */
  unwatch(key: ObjectKey): void {
    this.#uses.get(formatKey(key))?.cluster.ownership.forget(key)
  }

  /** Drops everything that is kept for the Kustomization; a remote cluster that nobody uses any more is left. */
  forget(key: ObjectKey): void {
    const use = this.#uses.get(formatKey(key))
    if (use === undefined) return
    this.#uses.delete(formatKey(key))
    this.#leave(use, key, undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#uses.clear()
    await Promise.all(this.#closing)
    await this.#remotes.close()
    await this.#own.close()
  }

  #enter(key: ObjectKey, cluster: Cluster, target: Target): Target {
    const before = this.#uses.get(formatKey(key))
    this.#uses.set(formatKey(key), { cluster, target })
    if (before !== undefined && before.target !== target) this.#leave(before, key, cluster)
    return target
  }

  #leave({ cluster, target }: Use, key: ObjectKey, now: Cluster | undefined): void {
    if (cluster !== now) cluster.ownership.forget(key)
    const closing = this.#close(cluster, target, formatKey(key)).finally(() => this.#closing.delete(closing))
    this.#closing.add(closing)
  }

  async #close(cluster: Cluster, target: Target, user: string): Promise<void> {
    try {
      await cluster.leave(target.id, user)
      await this.#remotes.release(cluster)
    } catch (error) {
      this.#options.log.error({ error, target: target.id }, 'could not end the watches of a target')
    }
  }

  #createCluster(id: string, client: KubeClient): Cluster {
    const { clock, log, fieldManager, overrideManagers: disallowedManagers } = this.#options
    const cluster: Cluster = new Cluster({
      ...{ id, client, clock, log },
      labelGroup: kustomizeGroup,
      fieldManager,
      disallowedManagers,
      serverChanged: (kinds, why) => {
        const concerns = (key: ObjectKey): boolean => this.#uses.get(formatKey(key))?.cluster === cluster
        for (const listener of this.#serverListeners) listener({ kinds, why, client, concerns })
      },
    })
    cluster.ownership.onSuspect((suspect) => {
      for (const listener of this.#listeners) listener(suspect, client)
    })
    cluster.ownership.onCoverage((owner) => {
      for (const listener of this.#coverageListeners) listener(owner)
    })
    return cluster
  }
}
