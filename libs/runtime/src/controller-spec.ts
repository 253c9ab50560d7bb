// SPDX-License-Identifier: Apache-2.0
import type { ApiObject, Kind, KubeObject, ObjectKey } from '@tidelock/api'
import type { Informer } from '@tidelock/kube'
import type { ConditionTable } from './condition-table.ts'
import type { EventDraft, Priority, Reconciler, Trigger } from './outcome.ts'

/** How to enqueue. */
export interface EnqueueOptions {
  /** Absent: normal. An object that waits already keeps the higher one. */
  readonly priority?: Priority
  /** Absent: at once. Of several delays the earliest counts. */
  readonly afterMs?: number
  /** The object whose change is the cause, for logs and for `ReconcileContext.superseded`. */
  readonly trigger?: Trigger
}

/** One request out of a watch. */
export type EnqueueRequest = { readonly key: ObjectKey } & EnqueueOptions

/** Maps changes of other objects to objects of the controller. */
export interface WatchMapping<W extends KubeObject> {
  /** `before` is undefined for an object seen for the first time. Absent priority: change. */
  upsert?(now: W, before: W | undefined): Iterable<EnqueueRequest>
  remove?(last: W): Iterable<EnqueueRequest>
}

/** Given to `ControllerSpec.watches`. */
export interface WatchBuilder<T extends ApiObject> {
  /** The controller's own informer, for indexes. */
  readonly own: Informer<T>
  /** Enqueues by what the mapping returns; the controller starts only when the informer has synced. */
  on<W extends KubeObject>(informer: Informer<W>, mapping: WatchMapping<W>): void
}

/** Facts of a run that succeeded, for its event. */
export interface RunFacts {
  readonly durationMs: number
  /** The interval of the kind, before jitter. */
  readonly intervalMs: number
}

/** One kind and how it is reconciled. */
export interface ControllerSpec<T extends ApiObject> {
  /** Lower-case kind, as in the `controller` label of metrics: `kustomization`. */
  readonly name: string
  readonly kind: Kind
  readonly reconciler: Reconciler<T>
  readonly conditions: ConditionTable
  /** Added before anything else is done; removed after `finalize`. Absent: objects of the kind need no clean-up. */
  readonly finalizer?: string
  /** Field manager of status and finalizer patches: `source-controller`, `gotk-kustomize-controller`. */
  readonly fieldManager: string
  /** Time to the next run after success, before jitter. */
  intervalMs(obj: T): number
  /** Time to the next run after a failure that names none. Undefined or absent: backoff. */
  retryIntervalMs?(obj: T): number | undefined
  /** Absent: `spec.suspend`. */
  isSuspended?(obj: T): boolean
  /**
   * Whether the newest generation of a suspended object that is Ready counts as observed. Without, kstatus and dependents take it for
   * unfinished from the moment in which it is suspended.
   */
  readonly observesSuspended?: boolean
  /** Event of a run that succeeded; undefined is none. Absent: none. Called after status was set, so Ready can be read. */
  successEvent?(obj: T, run: RunFacts): EventDraft | undefined
  /** Metadata that every event of the object starts with. */
  eventMetadata?(obj: T): Readonly<Record<string, string>>
  /** Fields of every log line that ends a run (`revision`). */
  logFields?(obj: T): Readonly<Record<string, unknown>>
  /** Further watches and indexes. */
  watches?(builder: WatchBuilder<T>): void
  /** A change of the object itself that enqueues it beside generation and request annotation. */
  changed?(now: T, before: T): boolean
  /** Called when the object is gone, for caches and metrics of the kind. */
  removed?(key: ObjectKey): void
  /** Workers. Absent: `--concurrent`. */
  readonly concurrency?: number
  /**
   * When a run gives its worker back and goes on beside the others, since it waits for somebody. For kinds whose runs wait for servers that
   * users name, and are light meanwhile. Absent: never.
   */
  readonly longRunMs?: number
}

/** What `Manager.addController` returns. */
export interface ControllerHandle {
  enqueue(key: ObjectKey, options?: EnqueueOptions): void
  /** Objects that wait for a worker. */
  readonly depth: number
}
