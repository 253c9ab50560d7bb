// SPDX-License-Identifier: Apache-2.0

/** A signal of one's own that also follows another one. Call `release` when done, or the other one keeps it alive. */
export interface LinkedAbort {
  readonly signal: AbortSignal
  abort(reason: unknown): void
  release(): void
}

/** Links a new signal to `parent`, which may be absent. */
export function abortWith(parent: AbortSignal | undefined): LinkedAbort {
  const controller = new AbortController()
  const follow = (): void => controller.abort(parent?.reason)
  if (parent?.aborted === true) follow()
  else parent?.addEventListener('abort', follow, { once: true })
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => parent?.removeEventListener('abort', follow),
  }
}
