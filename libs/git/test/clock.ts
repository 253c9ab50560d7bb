// SPDX-License-Identifier: Apache-2.0
import type { GitClock } from '../src/index.ts'

/** The machine's time, without waits between retries. */
export const impatientClock: GitClock = {
  now: () => Date.now(),
  sleep: () => Promise.resolve(),
  setTimeout: (fn, ms) => {
    const timer = setTimeout(fn, ms)
    return () => clearTimeout(timer)
  },
}
