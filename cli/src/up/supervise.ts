// SPDX-License-Identifier: Apache-2.0
import { errorMessage } from '@tidelock/errors'
import type { RunningController } from './controller-process.ts'

/** How one controller is started, and whom to tell. */
export interface Supervision {
  readonly name: string
  /** Starts it and waits until it is healthy, the first time and each time that it ended; leaves nothing when it throws. */
  readonly start: (isAgain: boolean) => Promise<RunningController>
  /** It ended by itself and is being started again. */
  readonly onEnd: (how: string) => void
  /** It is healthy again. */
  readonly onAgain: () => Promise<void>
  /** It is given up. */
  readonly onGivenUp: (why: string) => void
  /** A clock in milliseconds, to tell a crash loop from a crash. */
  readonly now: () => number
}

/** A controller that is started again when it ends, as a kubelet would. */
export interface Supervised {
  /** What runs, or ran last. */
  readonly current: () => RunningController
  /** Ends it for good. A start that is under way must have been told to end before. */
  readonly stop: () => Promise<void>
}

const mostEnds = 5
const withinMs = 60_000

/** Starts a controller and keeps it running. Throws what the first start throws. */
export async function supervise(supervision: Supervision): Promise<Supervised> {
  const { name, start, onEnd, onAgain, onGivenUp, now } = supervision
  let current = await start(false)
  let isStopping = false
  const ends: number[] = []
  const keep = async (): Promise<void> => {
    for (;;) {
      const how = await current.ended
      if (isStopping) return
      ends.push(now())
      const first = ends.length > mostEnds ? ends.shift() : undefined
      if (first !== undefined && now() - first < withinMs)
        return onGivenUp(`the ${name} controller ends again and again, now with ${how}; see ${current.logPath}`)
      onEnd(how)
      current = await start(true)
      await onAgain()
    }
  }
  const kept = keep().catch((error: unknown) => {
    if (!isStopping) onGivenUp(errorMessage(error))
  })
  return {
    current: () => current,
    stop: async () => {
      isStopping = true
      await current.stop()
      await kept
    },
  }
}
