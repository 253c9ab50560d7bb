// SPDX-License-Identifier: Apache-2.0
import { setTimeout as delay } from 'node:timers/promises'

/** Bounds of `eventually`. */
export interface EventuallyOptions {
  /** Gives up after this time, 120 s by default. */
  readonly timeoutMs?: number
  /** Pause between tries, 50 ms by default. */
  readonly intervalMs?: number
}

/** Repeats the check until it no longer throws and returns its value; past the bound it throws the check's last error. */
export async function eventually<T>(check: () => Promise<T> | T, options: EventuallyOptions = {}): Promise<T> {
  const deadline = Date.now() + (options.timeoutMs ?? 120_000)
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await delay(options.intervalMs ?? 50)
  }
}
