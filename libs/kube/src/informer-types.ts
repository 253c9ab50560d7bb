// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, KubeObject } from '@tidelock/api'
import type { KubeClient } from './client.ts'
import type { KubeError } from './kube-error.ts'
import type { KubeLog } from './log.ts'

/** Where an informer stands. Its content stays readable in every phase; in `failing` it may be behind. */
export type InformerState =
  | { readonly phase: 'idle' }
  /** Reading the first list. */
  | { readonly phase: 'syncing' }
  /** The watch is established: content follows the server. */
  | { readonly phase: 'watching' }
  /** List or watch is refused or unreachable, and tried again with a growing delay. Forbidden is one of these. */
  | { readonly phase: 'failing'; readonly error: KubeError; readonly sinceMs: number; readonly retryAtMs: number }
  | { readonly phase: 'stopped' }

/** What an informer watches and how. */
export interface InformerOptions<T = KubeObject> {
  readonly client: KubeClient
  readonly kind: Kind
  /** Absent watches all namespaces. */
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Asks the server for metadata alone: objects have apiVersion and kind of the watched kind, and metadata. */
  readonly metadataOnly?: boolean
  /** What to keep of an object; called once per object and change. Default: the object without managedFields (whole if `metadataOnly`). */
  readonly project?: (obj: KubeObject) => T
  /** Freezes what `project` returned, deeply. Default true; turn it off for projections that are frozen or primitive already. */
  readonly freeze?: boolean
  readonly log?: KubeLog
  readonly clock?: Clock
  readonly random?: () => number
  /** Range of the server-side timeout from which each watch draws. Default 5 to 10 minutes. */
  readonly watchTimeoutMs?: { readonly min: number; readonly max: number }
  /** A watch that carried no byte (bookmarks come once a minute) for this long is replaced. Default 3 minutes. */
  readonly idleMs?: number
  /** Delay between tries that fail. Default 0.5 s to 30 s, doubled each time, jittered. */
  readonly backoffMs?: { readonly min: number; readonly max: number }
  /** Page size of lists. Default 500. */
  readonly pageSize?: number
}

/** Called for each change, in order, synchronously; must not throw (a throw is logged) and must not wait. */
export interface InformerHandler<T> {
  /** A new or changed object; `before` is what the cache held, undefined for a new one. */
  upsert?(now: T, before: T | undefined): void
  /** The object is gone; `last` is its last known state. */
  remove?(last: T): void
}

/** Counters of one informer since its start. For tests and metrics. */
export interface InformerStats {
  readonly lists: number
  readonly watches: number
  readonly events: number
  readonly bookmarks: number
  readonly failures: number
  /** Frames of a watch that could not be read; each was reported and read again. */
  readonly decodeErrors: number
}
