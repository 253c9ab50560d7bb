// SPDX-License-Identifier: Apache-2.0
import { systemClock } from '@tidelock/api'
import type { Clock, Kind } from '@tidelock/api'
import { errorMessage } from '@tidelock/errors'
import { abortWith } from './abort-with.ts'
import type { KubeClient } from './client.ts'
import { abortable } from './connection-gate.ts'
import { Informer } from './informer.ts'
import { LeaseLock } from './lease-lock.ts'
import { silentLog } from './log.ts'
import type { KubeLog } from './log.ts'

/** Settings of a leader election. The defaults are Flux's. */
export interface LeaderElectorOptions {
  readonly client: KubeClient
  readonly namespace: string
  readonly name: string
  /** Unique per process. */
  readonly identity: string
  /** How long others wait after the last renewal that they saw. Default 35 s. */
  readonly leaseDurationMs?: number
  /** How long after its last renewal a leader gives up. Must be less than the lease duration. Default 30 s. */
  readonly renewDeadlineMs?: number
  /** Pause between tries. Default 5 s. */
  readonly retryPeriodMs?: number
  /** Gives the Lease up when the signal aborts, so that the next one need not wait. Default true. */
  readonly releaseOnCancel?: boolean
  readonly clock?: Clock
  readonly random?: () => number
  readonly log?: KubeLog
  /** Called once, on election. Its signal aborts when leadership ends, however it ends. */
  readonly onStarted: (signal: AbortSignal) => void
  /** Called once after leadership ended. */
  readonly onStopped?: () => void
  /** Called when another identity (or this one) is seen to lead; an empty one means that nobody does. */
  readonly onNewLeader?: (identity: string) => void
}

const leases: Kind = { group: 'coordination.k8s.io', version: 'v1', kind: 'Lease', plural: 'leases', namespaced: true }
/** Pauses while waiting are drawn from 1 to 1 + this many periods, as client-go does. */
const waitJitter = 1.2
/** Bound on giving the Lease up at the end. */
const releaseTimeoutMs = 5_000

/** Takes part in one election by Lease with client-go's record and timing; a released or deleted Lease is taken at once, by a watch. */
export class LeaderElector {
  readonly #options: LeaderElectorOptions
  readonly #clock: Clock
  readonly #random: () => number
  readonly #log: KubeLog
  readonly #lock: LeaseLock
  readonly #retryPeriodMs: number
  readonly #renewDeadlineMs: number
  #leading = false

  /** Throws a RangeError for times that would let two lead. */
  constructor(options: LeaderElectorOptions) {
    const { leaseDurationMs = 35_000, renewDeadlineMs = 30_000, retryPeriodMs = 5_000 } = options
    if (leaseDurationMs <= renewDeadlineMs) throw new RangeError('leaseDurationMs must be greater than renewDeadlineMs')
    if (renewDeadlineMs <= retryPeriodMs * waitJitter) {
      throw new RangeError(`renewDeadlineMs must be greater than ${waitJitter} times retryPeriodMs`)
    }
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#log = options.log ?? silentLog
    this.#retryPeriodMs = retryPeriodMs
    this.#renewDeadlineMs = renewDeadlineMs
    this.#lock = new LeaseLock({ ...options, leaseDurationMs, clock: this.#clock })
  }

  get isLeader(): boolean {
    return this.#leading
  }

  /**
   * Waits for the Lease, leads until it is lost or the signal aborts, and returns which of the two it was. One term only:
   * who lost should end, or call again. Abort only when the work is done: the Lease is free from then on. A Lease that was
   * lost is not given up: its duration runs out for the others, which leaves the loser time to stop.
   */
  async run(signal: AbortSignal): Promise<'lost' | 'stopped'> {
    const fields = { lease: `${this.#options.namespace}/${this.#options.name}`, identity: this.#options.identity }
    this.#log.info(fields, 'waiting for the leader lease')
    const acquiredMs = await this.#acquire(signal)
    if (acquiredMs === undefined) {
      await this.#release()
      return 'stopped'
    }
    this.#log.info(fields, 'leading')
    const term = abortWith(undefined)
    this.#leading = true
    this.#options.onStarted(term.signal)
    try {
      await this.#renew(acquiredMs, signal)
    } finally {
      this.#leading = false
      term.abort(new Error('leadership ended'))
      // who lost it may still be writing: what is left of the lease duration is its time to end
      if (signal.aborted) await this.#release()
      this.#options.onStopped?.()
    }
    this.#log.info(fields, signal.aborted ? 'gave the leader lease up' : 'lost the leader lease')
    return signal.aborted ? 'stopped' : 'lost'
  }

  /** Resolves with the monotonic time of the taking, or undefined on abort. */
  async #acquire(signal: AbortSignal): Promise<number | undefined> {
    const watching = abortWith(signal)
    const changed = new ChangeFlag()
    const informer = this.#watchLease(changed)
    const running = informer.start(watching.signal)
    try {
      while (!signal.aborted) {
        const startMs = this.#clock.monotonic()
        changed.clear()
        if (await this.#try(signal)) return startMs
        await this.#pause(changed, signal)
      }
      return undefined
    } catch (error) {
      if (signal.aborted) return undefined
      throw error
    } finally {
      watching.abort(new Error('the election is over'))
      watching.release()
      await running
    }
  }

  #watchLease(changed: ChangeFlag): Informer {
    const { client, namespace, name } = this.#options
    const informer = new Informer({
      client,
      kind: leases,
      namespace,
      fieldSelector: `metadata.name=${name}`,
      clock: this.#clock,
      random: this.#random,
      log: this.#log,
    })
    informer.subscribe({ upsert: () => changed.set(), remove: () => changed.set() })
    return informer
  }

  /** Until the next try is due, the Lease runs out, or it changed so that it may be free. */
  async #pause(changed: ChangeFlag, signal: AbortSignal): Promise<void> {
    const periodMs = this.#retryPeriodMs * (1 + this.#random() * waitJitter)
    const validMs = this.#lock.validForMs()
    const dueMs = validMs > 0 ? Math.min(periodMs, validMs + 1) : periodMs
    const cut = abortWith(signal)
    try {
      await Promise.race([
        this.#clock.sleep(this.#lock.validForMs() > 0 ? dueMs : periodMs, cut.signal),
        changed.wait(),
      ])
    } finally {
      cut.abort(new Error('the pause is over'))
      cut.release()
    }
  }

  /** Keeps the Lease; returns when it is lost or the signal aborts. */
  async #renew(acquiredMs: number, signal: AbortSignal): Promise<void> {
    let renewedMs = acquiredMs
    while (!signal.aborted) {
      const leftMs = renewedMs + this.#renewDeadlineMs - this.#clock.monotonic()
      if (leftMs <= 0) return
      await this.#clock.sleep(Math.min(this.#retryPeriodMs, leftMs), signal).catch(() => {})
      if (signal.aborted) return
      const startMs = this.#clock.monotonic()
      if (await this.#tryWithin(renewedMs + this.#renewDeadlineMs - startMs, signal)) renewedMs = startMs
      else if (this.#lock.isHeldByOther()) return
    }
  }

  async #tryWithin(boundMs: number, signal: AbortSignal): Promise<boolean> {
    const bound = abortWith(signal)
    const cancel = this.#clock.setTimeout(
      () => bound.abort(new Error('the renew deadline is over')),
      Math.max(0, boundMs),
    )
    try {
      return await abortable(this.#try(bound.signal), bound.signal)
    } catch {
      return false
    } finally {
      cancel()
      bound.release()
    }
  }

  async #try(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#lock.tryAcquireOrRenew(signal)
    } catch (error) {
      if (!signal.aborted) this.#log.warn({ error: errorMessage(error) }, 'cannot take or renew the leader lease')
      return false
    }
  }

  async #release(): Promise<void> {
    if (this.#options.releaseOnCancel === false) return
    const bound = abortWith(undefined)
    const cancel = this.#clock.setTimeout(() => bound.abort(new Error('the release took too long')), releaseTimeoutMs)
    try {
      await this.#lock.release(bound.signal)
    } catch (error) {
      this.#log.warn({ error: errorMessage(error) }, 'cannot give the leader lease up')
    } finally {
      cancel()
    }
  }
}

/** A flag that can be waited for. */
class ChangeFlag {
  #change: PromiseWithResolvers<void> = Promise.withResolvers()

  set(): void {
    this.#change.resolve()
  }

  clear(): void {
    this.#change = Promise.withResolvers()
  }

  wait(): Promise<void> {
    return this.#change.promise
  }
}
