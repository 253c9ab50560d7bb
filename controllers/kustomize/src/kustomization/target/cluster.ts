// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { KubeClient } from '@tidelock/kube'
import type { Logger } from '@tidelock/runtime'
import { HealthTracker, OwnershipCache } from '@tidelock/ssa'
import type { OwnershipCacheOptions } from '@tidelock/ssa'
import { watchServer } from '../server/server-watch.ts'
import type { Resource } from '../server/rule-set.ts'
import { formatAccount, impersonationOf } from './account.ts'
import type { Account } from './account.ts'
import type { Target } from './target.ts'

/** What a cluster is made of. */
export interface ClusterOptions extends Pick<
  OwnershipCacheOptions,
  'labelGroup' | 'fieldManager' | 'disallowedManagers'
> {
  /** Names the cluster and the identity with which it is reached. */
  readonly id: string
  /** As that identity. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Logger
  /** Told of kinds whose objects this server may make something else of from now on, and why. */
  readonly serverChanged?: (kinds: readonly Resource[], why: string) => void
}

interface Entered {
  readonly target: Target
  readonly users: Set<string>
}

/**
 * One API server as reached with one identity. Connections, discovery and the record of what was applied are shared by all accounts that
 * act on it; each account has its own waits, since it may read other things. Whoever stops using an account says so.
 */
export class Cluster {
  readonly id: string
  readonly client: KubeClient
  readonly ownership: OwnershipCache
  readonly #options: ClusterOptions
  readonly #accounts = new Map<string, Entered>()
  readonly #stop = new AbortController()
  #following: Promise<void> | undefined

  constructor(options: ClusterOptions) {
    const { id, client, clock, log, labelGroup, fieldManager, disallowedManagers } = options
    this.id = id
    this.client = client
    this.#options = options
    const rules = disallowedManagers === undefined ? {} : { disallowedManagers }
    this.ownership = new OwnershipCache({ client, clock, log, labelGroup, fieldManager, ...rules })
  }

  /** Whether nobody uses the cluster. */
  get idle(): boolean {
    return this.#accounts.size === 0
  }

  /** The target of the account; the same one until its last user has left. */
  enter(account: Account | undefined, user: string): Target {
    this.#following ??= this.#followServer()
    const id = this.#idOf(account)
    const entered = this.#accounts.get(id) ?? { target: this.#create(id, account), users: new Set() }
    this.#accounts.set(id, entered)
    entered.users.add(user)
    return entered.target
  }

  /** Ends what the user began; the waits of an account end with its last user. */
  async leave(targetId: string, user: string): Promise<void> {
    const entered = this.#accounts.get(targetId)
    if (entered === undefined) return
    entered.users.delete(user)
    if (entered.users.size > 0) return
    this.#accounts.delete(targetId)
    await entered.target.health.close()
  }

  /** Ends all watches and waits; the client is the owner's to close. */
  async close(): Promise<void> {
    this.#stop.abort()
    const entered = [...this.#accounts.values()]
    this.#accounts.clear()
    await Promise.all(entered.map(({ target }) => target.health.close()))
    await this.ownership.close()
    await this.#following
  }

  /** From the first use on: an instance that does not lead follows nothing. */
  async #followServer(): Promise<void> {
    const { client, clock, log, serverChanged: changed } = this.#options
    if (changed === undefined) return
    try {
      await watchServer({ client, clock, random: Math.random, log, changed }, this.#stop.signal)
    } catch (error) {
      if (!this.#stop.signal.aborted) log.error({ error, cluster: this.id }, 'changes of the server are not followed')
    }
  }

  #idOf(account: Account | undefined): string {
    return account === undefined ? this.id : `${this.id} as ${formatAccount(account)}`
  }

  #create(id: string, account: Account | undefined): Target {
    const { clock, log } = this.#options
    const client = account === undefined ? this.client : this.client.as(impersonationOf(account))
    const health = new HealthTracker({ client, clock, log })
    return { id, account, client, observer: this.client, ownership: this.ownership, health }
  }
}
