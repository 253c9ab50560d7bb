// SPDX-License-Identifier: Apache-2.0
import type { Clock, KubeObject } from '@tidelock/api'
import type { KubeClient, KubeLog, ObjectRef } from '@tidelock/kube'
import type { Status, StatusResult } from '@tidelock/status'

/** What a health tracker is made of. One per client: it reads with that client's identity. */
export interface HealthTrackerOptions {
  readonly client: KubeClient
  readonly clock: Clock
  readonly random?: () => number
  /** How often kinds that cannot be watched are read. Default 5 s. */
  readonly pollMs?: number
  readonly log?: KubeLog
}

/** One object that is waited for. */
export interface HealthTarget {
  readonly ref: ObjectRef
  /** A Job with `ttlSecondsAfterFinished`: gone counts as finished. */
  readonly jobWithTtl?: boolean
  /** Watch all of the object, for a `statusOf` that looks at more than status does: managed fields, what a Secret holds. */
  readonly whole?: boolean
}

/** Options of one wait. */
export interface TrackOptions {
  readonly timeoutMs: number
  /** Ends the wait at the first failed object. Without it, it ends when every object is Current or Failed. */
  readonly failFast?: boolean
  /** Judges an object. Default: `statusOf` of @tidelock/status. May throw: the object then is Unknown with the error's message. */
  readonly statusOf?: (object: KubeObject) => StatusResult
  /** Called at each change of an object's status, synchronously; must not throw. */
  readonly onTransition?: (target: HealthTarget, now: StatusResult, before: StatusResult | undefined) => void
}

/** How one object stood when the wait ended. `status` is undefined when it could never be read. */
export interface HealthReport {
  readonly target: HealthTarget
  readonly status: Status | undefined
  readonly message: string
  /** Why the object could not be read or judged; absent when it could. */
  readonly error?: string
}

/** How a wait ended. `message` is in Flux's words. */
export type HealthOutcome =
  | { readonly kind: 'healthy' }
  /** Some object failed (or never will be Current). */
  | { readonly kind: 'failed'; readonly message: string; readonly reports: readonly HealthReport[] }
  | { readonly kind: 'timedOut'; readonly message: string; readonly reports: readonly HealthReport[] }
  | { readonly kind: 'cancelled' }

/** A wait in progress. It holds no worker: `outcome` resolves (never rejects) when it ends, or at `cancel`. */
export interface HealthWait {
  readonly outcome: Promise<HealthOutcome>
  readonly ended: HealthOutcome | undefined
  /** Resolves when every object was looked at once, or the wait has ended: what is healthy already needs no waiting. */
  readonly looked: Promise<void>
  /** The present state of every object. */
  reports(): readonly HealthReport[]
  cancel(): void
}
