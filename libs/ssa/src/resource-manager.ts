// SPDX-License-Identifier: Apache-2.0
import type { KubeObject } from '@tidelock/api'
import type { ObjectRef } from '@tidelock/kube'
import type { ChangeSet } from './model/change-set.ts'
import type { InventoryEntry } from './model/inventory.ts'
import type {
  ApplyAllOptions,
  CommonMetadata,
  DiffOptions,
  DiffResult,
  PruneOptions,
  PruneResult,
  ResourceManagerOptions,
} from './plan/options.ts'

export declare class ResourceManager {
  constructor(options: ResourceManagerOptions)
  /** Owner labels, normalisation, common metadata: the objects as they are sent, in apply order. Pure. */
  prepare(objects: readonly KubeObject[], common?: CommonMetadata): KubeObject[]
  /** Takes prepared objects. Throws ApplyError. */
  applyAllStaged(objects: readonly KubeObject[], options: ApplyAllOptions, signal: AbortSignal): Promise<ChangeSet>
  diff(object: KubeObject, options: DiffOptions, signal: AbortSignal): Promise<DiffResult>
  prune(entries: readonly InventoryEntry[], options: PruneOptions, signal: AbortSignal): Promise<PruneResult>
  waitForTermination(
    refs: readonly ObjectRef[],
    options: { timeoutMs: number; pollMs?: number },
    signal: AbortSignal,
  ): Promise<void>
}
