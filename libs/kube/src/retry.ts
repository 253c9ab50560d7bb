// SPDX-License-Identifier: Apache-2.0
import type { RetryPolicy } from './client-options.ts'
import type { KubeError } from './kube-error.ts'

/**
 * Whether a request may be repeated when nobody knows if the first try took effect:
 * - `idempotent`: doing it twice is doing it once, or the second is refused: reads, server-side apply, any write under a
 *   resourceVersion (the second gets Conflict), a delete under a uid, a dry run, a token request.
 * - `once`: create (the second gets AlreadyExists and hides the success), writes without resourceVersion (between the two
 *   tries another writer's change could be overwritten), plain deletes (the second could hit a new object of that name).
 */
export type Repeatability = 'idempotent' | 'once'

/** The default policy: about 3 s of waiting in all. Longer outages are the caller's queue to sit out. */
export const defaultRetryPolicy: RetryPolicy = { attempts: 5, baseMs: 200, maxMs: 5_000 }

/**
 * How long to wait before the next try, or undefined to throw. `attempt` counts the tries made, from 1.
 * Refused connections and 429 allow any request to be repeated: nothing was done.
 */
export function retryDelayMs(
  error: KubeError,
  attempt: number,
  repeatability: Repeatability,
  policy: RetryPolicy,
  random: () => number,
): number | undefined {
  if (attempt >= policy.attempts || !isRepeatable(error, repeatability)) return undefined
  const asked = error.retryAfterMs
  // jitter upwards only: a waiter never comes earlier than the server asked
  if (asked !== undefined) return asked > policy.maxMs ? undefined : asked * (1 + random() * 0.2)
  const bound = Math.min(policy.maxMs, policy.baseMs * 2 ** (attempt - 1))
  return bound * (0.5 + random() * 0.5)
}

function isRepeatable(error: KubeError, repeatability: Repeatability): boolean {
  if (error.code === 'TlsFailed' || error.code === 'DecodeFailed') return false
  if (error.status === 429) return true
  if (error.status === 0) return !error.sent || repeatability === 'idempotent'
  if (error.status < 500 || repeatability !== 'idempotent') return false
  if (error.status >= 502 && error.status <= 504) return true
  // other 500s are verdicts (a webhook that fails, say), except where etcd moved its leader or was slow
  return error.retryAfterMs !== undefined || error.message.includes('etcdserver')
}
