// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'

const everyMs = 60_000

/** Says how many letters were dropped since it last said so: at once, then once a minute at most. What is not said is in the metric. */
export function createDropLog(clock: Clock, say: (count: number) => void): () => void {
  let unsaid = 0
  let nextMs = -Infinity
  return () => {
    unsaid++
    const now = clock.monotonic()
    if (now < nextMs) return
    nextMs = now + everyMs
    say(unsaid)
    unsaid = 0
  }
}
