// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { Clock, ObjectKey } from '@tidelock/api'
import type { HealthOutcome, HealthWait } from '@tidelock/ssa'

/** A wait for the health of what a run applied. */
export interface PendingWait {
  readonly generation: number
  /** Digest of the rendered stream: the wait goes on through revisions that render the same. */
  readonly buildDigest: string
  /** Id of the target that the objects are in. */
  readonly target: string
  /** The objects waited for, one id each, sorted: a change of the set starts another wait. */
  readonly targets: string
  readonly wait: HealthWait
  /** Monotonic times of the run that applied, and of the wait. */
  readonly runStartedMs: number
  readonly waitStartedMs: number
  readonly deadlineMs: number
  /** Whether Healthy was True before. */
  readonly wasHealthy: boolean
  /** Whether the run that applied was at a new revision and changed objects. */
  readonly newAndDrifted: boolean
}

/** How long the outcome of a wait may lie before it is taken up. */
const freshMs = 5000

/** The waits in progress, by object. They hold no worker: a wait that ends puts its object back on the queue. */
export class WaitRegistry {
  readonly #waits = new Map<string, PendingWait>()
  readonly #endedMs = new WeakMap<PendingWait, number>()
  readonly #monotonic: () => number

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#monotonic = () => clock.monotonic()
  }

  get(key: ObjectKey): PendingWait | undefined {
    return this.#waits.get(formatKey(key))
  }

  /** Whether the object's wait ended just now: an outcome that no run took up in time says nothing about the present. */
  isFresh(key: ObjectKey): boolean {
    const pending = this.get(key)
    const endedMs = pending === undefined ? undefined : this.#endedMs.get(pending)
    return endedMs === undefined || this.#monotonic() - endedMs < freshMs
  }

  /** Starts following a wait, in place of an earlier one, which is cancelled. `ended` is called once unless it is replaced or dropped. */
  put(key: ObjectKey, pending: PendingWait, ended: (outcome: HealthOutcome) => void): void {
    this.drop(key)
    const id = formatKey(key)
    this.#waits.set(id, pending)
    void pending.wait.outcome.then((outcome) => {
      this.#endedMs.set(pending, this.#monotonic())
      if (this.#waits.get(id) === pending) ended(outcome)
    })
  }

  /** Forgets the wait and cancels it if it goes on. */
  drop(key: ObjectKey): void {
    const id = formatKey(key)
    const pending = this.#waits.get(id)
    this.#waits.delete(id)
    pending?.wait.cancel()
  }
}
