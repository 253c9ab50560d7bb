// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Clock } from '@tidelock/api'
import type { Logger } from './logger.ts'

/** Who waits for a run, most urgent first. Lower ones are never starved, see `WorkQueue`. */
export type Priority = 'user' | 'change' | 'normal' | 'low'

/** A word of Flux's reason vocabulary, shown in conditions and events. */
export type Reason = string

/** An event that a reconciler wants reported. It is durable before the next status patch of the run. */
export interface EventDraft {
  /** `trace` goes to the Kubernetes API alone, as a Normal event. */
  readonly severity: 'info' | 'error' | 'trace'
  readonly message: string
  /** Absent: the reason of the Ready condition at that moment, else the severity. */
  readonly reason?: Reason
  /** Goes over the metadata that the run had set with `Progress.annotate`. Keys carry the API group: `<group>/revision`. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Same as severity `trace`. */
  readonly kubernetesOnly?: boolean
}

/** What every outcome may say beside its kind. */
export interface OutcomeExtras {
  /** Whether this generation counts as observed. Absent: true for succeeded, false for all others. */
  readonly observe?: boolean
  /** More events, before the outcome's own. */
  readonly events?: readonly EventDraft[]
  /** The outcome's own event: false for none; parts given here go over the default. Absent: see `finalizeStatus`. */
  readonly event?: false | Partial<EventDraft>
}

/**
 * The desired state was reached. Ready gets `reason` and `message`; without them the summary of the condition table.
 * The next run comes after the jittered interval of the kind, or exactly after `requeueAfterMs`.
 */
export interface Succeeded extends OutcomeExtras {
  readonly kind: 'succeeded'
  readonly reason?: Reason
  readonly message?: string
  readonly requeueAfterMs?: number
}

/** Something else must happen first. Holds no worker; whatever is waited for may enqueue the object earlier. */
export interface Waiting extends OutcomeExtras {
  readonly kind: 'waiting'
  readonly reason: Reason
  readonly message: string
  /** Exact, without jitter; 0 is at once. */
  readonly retryAfterMs: number
  /** Status of Ready. Absent: False. */
  readonly ready?: 'False' | 'Unknown'
  /**
   * The work goes on elsewhere (a wait for health), and this is what it is doing: Reconciling says Progressing with this
   * message, and a request annotation does not count as handled yet. Absent: the attempt is over and will be made again.
   */
  readonly underWay?: string
}

/** It went wrong and may go right next time. */
export interface Failed extends OutcomeExtras {
  readonly kind: 'failed'
  readonly reason: Reason
  readonly error: Error
  /** Absent: the retry interval of the kind, and where it has none the backoff of the object. */
  readonly retryAfterMs?: number
  /** Ready's message. Absent: the error and its causes. */
  readonly message?: string
}

/** It cannot go right before the spec changes or somebody asks for a run. */
export interface Stalled extends OutcomeExtras {
  readonly kind: 'stalled'
  readonly reason: Reason
  readonly error: Error
  /** Message of Ready and Stalled. Absent: the error and its causes. */
  readonly message?: string
}

/** How a run of a reconciler ended. */
export type Outcome = Succeeded | Waiting | Failed | Stalled

/** A step either hands on a value or ends the run. */
export type Step<V> = { readonly kind: 'next'; readonly value: V } | Exclude<Outcome, { kind: 'succeeded' }>

/** The step that hands on `value`. */
export function next<V>(value: V): { readonly kind: 'next'; readonly value: V } {
  return { kind: 'next', value }
}

/** What one run is given. */
export interface ReconcileContext {
  /** Aborted when the process stops; a run then has a few seconds to end. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly clock: Clock
  /** `reconcileID` of the log. */
  readonly id: string
  /** Aborted when the object was enqueued by a change or a user while this run goes on; its reason is a `Superseded`. */
  readonly superseded: AbortSignal
  /** How urgent the run is: `user` for what somebody waits for. */
  readonly priority: Priority
  /** The object whose change enqueued this run, the reconciled one among them; absent for timers and what the kind itself enqueues. */
  readonly trigger?: Trigger
}

/** An object whose change enqueued another, or itself. */
export interface Trigger {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Why an object was enqueued while it was being reconciled. */
export interface Superseded {
  readonly priority: 'user' | 'change'
  /** The object whose change enqueued this one, when a watch did. */
  readonly trigger?: Trigger
}

/** How to report progress. */
export interface ProgressOptions {
  /** Whether Ready turns to Unknown. Absent: as the condition table says, and always when it is missing or Unknown already. */
  readonly readyUnknown?: boolean
}

/**
 * Reports of a run under way. Calling it marks Reconciling with the reason and message (and Ready Unknown where the
 * condition table says so) and patches the status if that changes anything. Use it only before slow work.
 */
export interface Progress {
  (reason: Reason, message: string, options?: ProgressOptions): Promise<void>
  /** Records an event now; it goes out with the next status patch. */
  event(draft: EventDraft): void
  /**
   * Makes an event durable that says what is about to be done. It goes out only when the process dies before the run reports what
   * it did, so that writes which nobody lived to report are not silent.
   */
  intend(draft: EventDraft): Promise<void>
  /** Sets metadata that all later events of this run carry. */
  annotate(metadata: Readonly<Record<string, string>>): void
  /** Patches what changed in `obj.status` so far, together with the events recorded so far. */
  checkpoint(): Promise<void>
}

/** What a controller does for one object. `obj` is a private copy: write to `obj.status`, never to the rest. */
export interface Reconciler<T extends ApiObject> {
  reconcile(ctx: ReconcileContext, obj: T, progress: Progress): Promise<Outcome>
  /** Runs instead of `reconcile` when the object is being deleted, also when it is suspended; succeeded removes the finalizer. */
  finalize?(ctx: ReconcileContext, obj: T, progress: Progress): Promise<Outcome>
}
