// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'
import { LocalClusterError } from './errors.ts'

/** Bounds of a wait. */
export interface WaitOptions {
  /** What is waited for, as the error names it. */
  readonly what: string
  readonly timeoutMs: number
  readonly intervalMs?: number
  readonly signal?: AbortSignal | undefined
  /** Read when time is up: the last known reason. */
  readonly reason?: () => string
}

/** Asks again and again until the answer is not undefined. Throws `StartFailed` when time is up, and what `probe` throws at once. */
export async function waitFor<T>(probe: () => Promise<T | undefined>, options: WaitOptions): Promise<T> {
  const deadline = performance.now() + options.timeoutMs
  for (;;) {
    options.signal?.throwIfAborted()
    const answer = await probe()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) {
      const reason = options.reason?.() ?? ''
      throw new LocalClusterError(
        'StartFailed',
        `${options.what} did not happen within ${options.timeoutMs} ms${reason === '' ? '' : `: ${reason}`}`,
      )
    }
    await delay(options.intervalMs ?? 20, undefined, options.signal === undefined ? {} : { signal: options.signal })
  }
}
