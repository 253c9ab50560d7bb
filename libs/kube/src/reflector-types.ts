// SPDX-License-Identifier: Apache-2.0
import type { Clock, Kind, KubeObject } from '@tidelock/api'
import type { KubeClient } from './client.ts'
import type { InformerState, InformerStats } from './informer-types.ts'
import type { KubeLog } from './log.ts'
import type { WatchOptions } from './watch.ts'

/** What a reflector writes into. Calls come one at a time. */
export interface ReflectorSink {
  /** Begins a list, and forgets one that was broken off. */
  beginList(): void
  /** Takes objects of a list that has begun; they become visible with `endList`. */
  listed(objects: readonly KubeObject[]): void
  /** The object went while the list was streamed. */
  unlisted(obj: KubeObject): void
  /** The list is whole: what is not in it is gone. */
  endList(): void
  upsert(obj: KubeObject): void
  remove(obj: KubeObject): void
  /** The server said that the content is up to date. */
  heard(): void
  state(state: InformerState): void
}

/** What a reflector follows and within which bounds. */
export interface ReflectorOptions {
  readonly client: KubeClient
  readonly kind: Kind
  readonly scope: Pick<WatchOptions, 'namespace' | 'labelSelector' | 'fieldSelector'> & {
    readonly metadataOnly?: boolean
  }
  readonly log: KubeLog
  readonly clock: Clock
  readonly random: () => number
  readonly watchTimeoutMs: { readonly min: number; readonly max: number }
  readonly idleMs: number | undefined
  readonly backoffMs: { readonly min: number; readonly max: number }
  readonly pageSize: number
}

/** The counters that a reflector keeps. */
export type ReflectorStats = { -readonly [K in keyof InformerStats]: InformerStats[K] }
