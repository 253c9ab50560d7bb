// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import { Backoff } from './backoff.ts'
import { isKubeError } from './kube-error.ts'
import type { KubeError } from './kube-error.ts'

/** One try to connect that passes the gate. */
export interface GateAttempt<T> {
  readonly connect: () => Promise<T>
  readonly signal: AbortSignal
  /** Called before each wait, with why the gate is shut and when it is next tried (monotonic milliseconds). */
  readonly onWait?: (error: KubeError, retryAtMs: number) => void
}

/** Bounds of a gate's waits. */
export interface GateOptions {
  readonly clock: Clock
  readonly random: () => number
  /** Delay between probes. Default 0.1 s to 10 s. */
  readonly backoffMs?: { readonly min: number; readonly max: number }
  /** When the server is back, waiters come in over this time. Default 1 s. */
  readonly spreadMs?: number
}

/**
 * Keeps many informers from hammering a server that is away: while it cannot be reached, one of them probes with a
 * growing delay and the others wait; once it answers (whatever it answers), they follow spread over a second.
 */
export class ConnectionGate {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #backoff: Backoff
  readonly #spreadMs: number
  /** Set while the gate is shut. */
  #failure: KubeError | undefined
  #retryAtMs = 0
  #probing = false
  /** Resolved when the gate opens or the prober left without an answer. */
  #change: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor({ clock, random, backoffMs = { min: 100, max: 10_000 }, spreadMs = 1_000 }: GateOptions) {
    this.#clock = clock
    this.#random = random
    this.#backoff = new Backoff(backoffMs, random)
    this.#spreadMs = spreadMs
  }

  /** Connects, after waiting while the server is away. Throws what `connect` throws; Unreachable shuts the gate. */
  async attempt<T>(attempt: GateAttempt<T>): Promise<T> {
    while (this.#failure !== undefined) {
      attempt.onWait?.(this.#failure, this.#retryAtMs)
      if (!this.#probing) return this.#probe(attempt)
      await abortable(this.#change.promise, attempt.signal)
      if (this.#failure === undefined) await this.#clock.sleep(this.#random() * this.#spreadMs, attempt.signal)
    }
    try {
      return await attempt.connect()
    } catch (error) {
      if (isKubeError(error, 'Unreachable')) this.#shut(error, false)
      throw error
    }
  }

  async #probe<T>(attempt: GateAttempt<T>): Promise<T> {
    this.#probing = true
    try {
      for (;;) {
        await this.#clock.sleep(Math.max(0, this.#retryAtMs - this.#clock.monotonic()), attempt.signal)
        try {
          const connected = await attempt.connect()
          this.#open()
          return connected
        } catch (error) {
          attempt.signal.throwIfAborted()
          if (!isKubeError(error, 'Unreachable')) {
            this.#open()
            throw error
          }
          this.#shut(error, true)
          attempt.onWait?.(error, this.#retryAtMs)
        }
      }
    } finally {
      this.#probing = false
      this.#wake()
    }
  }

  #shut(error: KubeError, probed: boolean): void {
    // many connections die together: only the first of them and the probes count as failures
    if (this.#failure === undefined || probed) {
      this.#retryAtMs = this.#clock.monotonic() + this.#backoff.next()
    }
    this.#failure = error
  }

  #open(): void {
    this.#failure = undefined
    this.#backoff.reset()
  }

  #wake(): void {
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }
}

/** Waits for the promise or the abort, whichever comes first. */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise
  signal.throwIfAborted()
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
