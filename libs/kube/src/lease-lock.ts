// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { KubeClient } from './client.ts'
import { isKubeError } from './kube-error.ts'
import { heldRecord, releasedRecord } from './lease-record.ts'
import type { Lease } from './lease-record.ts'

/** Which Lease, and who wants it. */
export interface LeaseLockOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  readonly identity: string
  readonly leaseDurationMs: number
  readonly clock: Clock
  readonly onNewLeader?: (identity: string) => void
}

/**
 * One candidate's view of a Lease. Whether another's Lease still holds is judged by how long this process has seen it
 * unchanged, never by the times written in it: clocks of machines differ.
 */
export class LeaseLock {
  readonly #options: LeaseLockOptions
  #observed: Lease | undefined
  #observedAtMs = 0
  /** A write was sent whose outcome is not known. */
  #uncertain = false

  constructor(options: LeaseLockOptions) {
    this.#options = options
  }

  /** How long the Lease that was last seen binds others, in milliseconds; zero or less when it is free. */
  validForMs(): number {
    const { holderIdentity = '', leaseDurationSeconds } = this.#observed?.spec ?? {}
    if (holderIdentity === '') return 0
    const durationMs = leaseDurationSeconds === undefined ? this.#options.leaseDurationMs : leaseDurationSeconds * 1000
    return this.#observedAtMs + durationMs - this.#options.clock.monotonic()
  }

  /** Whether somebody else holds the Lease that was last seen. */
  isHeldByOther(): boolean {
    const { holderIdentity = '' } = this.#observed?.spec ?? {}
    return holderIdentity !== '' && holderIdentity !== this.#options.identity
  }

  /** Whether the Lease is ours now. False means that another's holds, or another was faster. Throws KubeError when it cannot tell. */
  async tryAcquireOrRenew(signal: AbortSignal): Promise<boolean> {
    // a leader renews what it wrote last, without reading: one request a period
    if (this.#isOurs() && (await this.#write(this.#observed, signal))) return true
    const live = await this.#find(signal)
    if (live === undefined) {
      this.#observed = undefined
      return this.#write(undefined, signal)
    }
    this.#observe(live)
    if (this.isHeldByOther() && this.validForMs() > 0) return false
    return this.#write(live, signal)
  }

  /** Gives the Lease up if it is ours, as far as anybody can tell: a write that was given up may have taken it. */
  async release(signal: AbortSignal): Promise<void> {
    if (this.#uncertain) await this.#reread(signal)
    const lease = this.#observed
    if (lease === undefined || !this.#isOurs()) return
    const spec = releasedRecord(lease.spec ?? {}, this.#options.clock.now())
    this.#observe(await this.#options.client.replace<Lease>({ ...lease, spec }, { signal }))
  }

  async #reread(signal: AbortSignal): Promise<void> {
    const live = await this.#find(signal)
    if (live === undefined) this.#observed = undefined
    else this.#observe(live)
    this.#uncertain = false
  }

  #find(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, namespace, name } = this.#options
    return client.find<Lease>({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', namespace, name }, { signal })
  }

  #isOurs(): boolean {
    return this.#observed?.spec?.holderIdentity === this.#options.identity
  }

  async #write(before: Lease | undefined, signal: AbortSignal): Promise<boolean> {
    const { client, namespace, name, identity, leaseDurationMs, clock } = this.#options
    const spec = heldRecord(before?.spec, identity, clock.now(), leaseDurationMs)
    this.#uncertain = true
    try {
      const written =
        before === undefined
          ? await client.create<Lease>(
              { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { namespace, name }, spec },
              { signal },
            )
          : await client.replace<Lease>({ ...before, spec }, { signal })
      this.#observe(written)
      this.#uncertain = false
      return true
    } catch (error) {
      if (isKubeError(error, 'Conflict', 'AlreadyExists', 'NotFound')) {
        this.#uncertain = false
        return false
      }
      throw error
    }
  }

  #observe(lease: Lease): void {
    const before = this.#observed
    if (before?.metadata.resourceVersion === lease.metadata.resourceVersion) return
    this.#observed = lease
    this.#observedAtMs = this.#options.clock.monotonic()
    const holder = lease.spec?.holderIdentity ?? ''
    if (holder !== (before?.spec?.holderIdentity ?? '')) this.#options.onNewLeader?.(holder)
  }
}
