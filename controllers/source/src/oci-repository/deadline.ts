// SPDX-License-Identifier: Apache-2.0
import { formatDuration } from '@tidelock/api'
import type { ReconcileContext } from '@tidelock/runtime'

/** A signal that aborts after a time, or with the run; disposing ends the timer. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/** The time that `spec.timeout` gives, from now on. */
export function deadlineOf(ctx: Pick<ReconcileContext, 'signal' | 'clock'>, timeoutMs: number): Deadline {
  const passed = new AbortController()
  const ended = new AbortController()
  const message = `timed out after ${formatDuration(timeoutMs)}: raise spec.timeout if that is too short`
  void ctx.clock.sleep(timeoutMs, ended.signal).then(
    () => passed.abort(new Error(message)),
    () => undefined,
  )
  return {
    signal: AbortSignal.any([ctx.signal, passed.signal]),
    [Symbol.dispose]: () => ended.abort(),
  }
}
