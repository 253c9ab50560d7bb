// SPDX-License-Identifier: Apache-2.0
import type { Clock, KubeObject } from '@tidelock/api'
import type { KubeClient, KubeLog, ObjectRef } from '@tidelock/kube'
import type { StatusResult } from '@tidelock/status'
import type { IgnoreRule } from '../fields/ignore-rules.ts'
import type { ChangeSet, ObservedMetadata } from '../model/change-set.ts'
import type { InventoryEntry } from '../model/inventory.ts'
import type { Owner, OwnerKey } from '../model/owner.ts'
import type { CommonMetadata } from '../normalize/normalize.ts'

/** One write that is on its way. Exactly one of the two is called when it has ended. */
export interface WriteInFlight {
  /** The object as the server returned it; undefined when the write failed, or when nothing was written after all. */
  written(result: ObservedMetadata | undefined): void
  /** The object is gone, or on its way, by our own hand. */
  deleted(): void
}

/** Told of each write before it is sent, and of its result: an ownership cache thus knows its own echoes, which can overtake the response. */
export interface WriteObserver {
  writing(ref: ObjectRef): WriteInFlight
}

/** What a resource manager is made of. */
export interface ResourceManagerOptions {
  readonly client: KubeClient
  readonly owner: Owner
  readonly clock: Clock
  /** Objects that are dry-run (or written, within one kind rank) at a time. Default 4. */
  readonly concurrency?: number
  /** `group/Kind` of the kinds of the custom stage (`/ConfigMap` for core). */
  readonly customStageKinds?: ReadonlySet<string>
  /** Names of field managers (by prefix) whose fields are taken over, beside Flux's own list (`--override-manager`). */
  readonly disallowedManagers?: readonly string[]
  /** Rewrites the API version of managedFields before the dry run (gate MigrateAPIVersion). Default false. */
  readonly migrateApiVersion?: boolean
  readonly observer?: WriteObserver
  readonly log?: KubeLog
}

/** An object whose dry run says that applying it would change something, or make it. */
export interface Difference {
  readonly object: ObjectRef
  /** The object as it is sent, and its hash. */
  readonly rendered: KubeObject
  readonly renderedHash: string
  /** What is there, with managedFields; undefined when nothing is, or when it may not be read. */
  readonly live: KubeObject | undefined
}

/** Options of one run. */
export interface ApplyAllOptions {
  /** Recreate objects whose change the server refuses as immutable, without an annotation. */
  readonly force?: boolean
  readonly ignore?: readonly IgnoreRule[]
  /** Limit of each wait for CRDs, namespaces, cluster roles and classes. Default 60 s. */
  readonly stageTimeoutMs?: number
  /** Limit of waiting until an object that is recreated is gone. Default 5 min. */
  readonly recreateTimeoutMs?: number
  /** Whether the live object is known to be untouched since it was applied in exactly this form: then no request is made for it. */
  readonly knownUnchanged?: (object: KubeObject, renderedHash: string) => boolean
  /** Whether the object is most likely there: it is then read while it is dry-run, and not after it. A guess, for speed only. */
  readonly isThere?: (ref: ObjectRef) => boolean
  /**
   * Asked about each object that differs, when its dry run is in: true leaves it as it is (`drifted`). Absent: all are applied.
   */
  readonly leave?: (difference: Difference) => boolean
  /**
   * Called for each stage, after its dry run and before the first write, with what is going to change; a stage that changes nothing
   * is left out. What it throws ends the run before anything of the stage is written.
   */
  readonly willWrite?: (changes: ChangeSet) => Promise<void>
  /** Judges the objects of the waited stages. Default: `statusOf`. */
  readonly statusOf?: (object: KubeObject) => StatusResult
}

/** What one dry run says. */
export interface DiffResult {
  readonly object: ObjectRef
  readonly subject: string
  readonly action: 'created' | 'configured' | 'unchanged' | 'skipped'
  /** The live object without managedFields; only when `action` is configured. Values of Secrets are masked. */
  readonly live?: KubeObject
  /** What apply would make of it, likewise. */
  readonly merged?: KubeObject
}

/** Options of a dry run. */
export interface DiffOptions {
  readonly force?: boolean
  readonly ignore?: readonly IgnoreRule[]
}

/** Options of prune. */
export interface PruneOptions {
  /** Whether another owner's inventory lists the object: then it is left to that owner. */
  readonly listedElsewhere?: (ref: ObjectRef, id: string) => boolean
  /** Whether an object whose labels name that other owner is this one's to delete all the same: the other left it to this one. */
  readonly inherited?: (id: string, owner: OwnerKey) => boolean
  /** Whether the object is never deleted, like one with the prune annotation. */
  readonly isProtected?: (ref: ObjectRef) => boolean
  /** Reads and judges as ever, and deletes nothing: what would be deleted is among the `deleted`. */
  readonly dryRun?: boolean
}

/** What prune did. */
export interface PruneResult {
  readonly changeSet: ChangeSet
  /** Entries whose objects were there and were deleted. */
  readonly removed: readonly InventoryEntry[]
  /** Entries whose deletion was not confirmed: keep them in the inventory and try again. */
  readonly survivors: readonly InventoryEntry[]
  /** One error per survivor; empty when all went well. */
  readonly errors: readonly Error[]
  /** Entries whose objects are ours and were left to another owner that lists them. */
  readonly left: readonly InventoryEntry[]
  /** Objects that were left because their labels name another owner (or none), with that owner. */
  readonly lost: readonly { readonly object: ObjectRef; readonly owner: OwnerKey | undefined }[]
}

export type { CommonMetadata }
