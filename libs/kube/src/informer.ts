// SPDX-License-Identifier: Apache-2.0
import type { KubeObject, ObjectKey } from '@tidelock/api'
import type { InformerHandler, InformerOptions, InformerState, InformerStats } from './informer-types.ts'

export declare class Informer<T = KubeObject> {
  constructor(options: InformerOptions<T>)
  readonly synced: Promise<void>
  readonly state: InformerState
  readonly stats: InformerStats
  readonly size: number
  readonly lastSyncAtMs: number | undefined
  start(signal: AbortSignal): Promise<void>
  hasSynced(): boolean
  get(key: ObjectKey): T | undefined
  list(): Iterable<T>
  addIndex(name: string, keysOf: (obj: T) => readonly string[]): void
  byIndex(name: string, value: string): readonly T[]
  subscribe(handler: InformerHandler<T>): () => void
  onState(listener: (state: InformerState) => void): () => void
}
