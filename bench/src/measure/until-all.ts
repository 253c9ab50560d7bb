// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { Informer } from '@tidelock/kube'
import { BenchError } from '../errors.ts'
import type { View } from './views.ts'

/** What is waited for, and how long. */
export interface UntilOptions<T> {
  readonly names: Iterable<string>
  readonly holds: (view: T) => boolean
  /** Shown of the first object that is still not so when time is up. */
  readonly describe: (view: T) => string
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Resolves with the time (monotonic, in ms) at which the last of the named objects was seen as wanted. Each counts from the first
 * time that it is. Nothing is polled: the informer's watch tells. Throws TimedOut, or the signal's reason.
 */
export function untilAll<T extends View>(
  informer: Pick<Informer<T>, 'subscribe'>,
  options: UntilOptions<T>,
): Promise<number> {
  const { holds, describe, timeoutMs, clock, signal } = options
  const pending = new Set(options.names)
  const states = new Map<string, string>()
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const onAbort = (): void => reject(signal.reason as Error)
  const cancelTimer = clock.setTimeout(() => reject(timedOut(pending, states, timeoutMs)), timeoutMs)
  const unsubscribe = informer.subscribe({
    upsert(view) {
      if (!pending.has(view.name)) return
      if (holds(view)) pending.delete(view.name)
      else states.set(view.name, describe(view))
      if (pending.size === 0) resolve(clock.monotonic())
    },
  })
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  return promise.finally(() => {
    cancelTimer()
    unsubscribe()
    signal.removeEventListener('abort', onAbort)
  })
}

function timedOut(pending: ReadonlySet<string>, states: ReadonlyMap<string, string>, timeoutMs: number): BenchError {
  const [first = ''] = pending
  const text = `${pending.size} objects were not as wanted within ${timeoutMs / 1000} s, one of them ${first}`
  return new BenchError('TimedOut', `${text}: ${states.get(first) ?? 'it was never seen'}`)
}
