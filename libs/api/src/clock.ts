// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'

/** Time as an input: everything that reads the time or waits is given one, so that tests can move it by hand. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's time is set. */
  now(): number
  /** Milliseconds from an arbitrary start; never goes back. For measuring spans. */
  monotonic(): number
  /** Resolves after `ms`; rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
  /** Calls `fn` once after `ms`. The returned function cancels it, and does nothing when it has run. */
  setTimeout(fn: () => void, ms: number): () => void
}

/** setTimeout fires at once beyond this many milliseconds, so longer waits are made of several. */
const longestTimer = 2 ** 31 - 1

/** The machine's own clock. A pending wait keeps the process alive until it ends, aborts or is cancelled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted()
    try {
      for (let left = ms; left > 0 || left === ms; left -= longestTimer) {
        await delay(Math.min(left, longestTimer), undefined, signal === undefined ? {} : { signal })
      }
    } catch (error) {
      signal?.throwIfAborted()
      throw error
    }
  },
  setTimeout(fn, ms) {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      timer = setTimeout(() => (left > longestTimer ? arm(left - longestTimer) : fn()), Math.min(left, longestTimer))
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}
