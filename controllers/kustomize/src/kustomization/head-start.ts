// SPDX-License-Identifier: Apache-2.0
import { formatKey } from '@tidelock/api'
import type { Clock, ObjectKey } from '@tidelock/api'

interface Wait {
  readonly left: Set<string>
  readonly resolve: () => void
}

/** Lets the runs of some objects end before others are put on the queue, so that these do not take processor and API server from them. */
export class HeadStart {
  readonly #clock: Pick<Clock, 'setTimeout'>
  readonly #waits = new Set<Wait>()

  constructor(clock: Pick<Clock, 'setTimeout'>) {
    this.#clock = clock
  }

  /** Resolves when a run of each of the objects has ended since, however it did, or after the time; at once for none. */
  async give(keys: readonly ObjectKey[], limitMs: number): Promise<void> {
    const left = new Set(keys.map(formatKey))
    if (left.size === 0) return
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.setTimeout(() => wait.resolve(), limitMs)
      const wait: Wait = {
        left,
        resolve: () => {
          cancel()
          this.#waits.delete(wait)
          resolve()
        },
      }
      this.#waits.add(wait)
    })
  }

  /** A run of the object has ended. */
  ended(key: ObjectKey): void {
    const id = formatKey(key)
    for (const wait of this.#waits) if (wait.left.delete(id) && wait.left.size === 0) wait.resolve()
  }
}
