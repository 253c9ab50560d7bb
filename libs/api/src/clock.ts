// SPDX-License-Identifier: Apache-2.0

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

function callAfter(fn: () => void, ms: number): () => void {
  let timer: NodeJS.Timeout
  const arm = (left: number): void => {
    timer = setTimeout(() => (left > longestTimer ? arm(left - longestTimer) : fn()), Math.min(left, longestTimer))
  }
  arm(ms)
  return () => clearTimeout(timer)
}

/** The machine's own clock. A pending wait keeps the process alive until it ends, aborts or is cancelled. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimeout: callAfter,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error)
      const abort = (): void => {
        cancel()
        reject(signal?.reason as Error)
      }
      const cancel = callAfter(() => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }, ms)
      signal?.addEventListener('abort', abort, { once: true })
    }),
}
