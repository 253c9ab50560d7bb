// SPDX-License-Identifier: Apache-2.0
export { ApplyError, SsaError, isSsaError } from './errors.ts'
export type { Refusal, SsaErrorCode } from './errors.ts'
export { adoptIgnored, ignoredPaths, withoutPaths } from './fields/ignore-rules.ts'
export type { IgnoreRule } from './fields/ignore-rules.ts'
export { managerRules } from './fields/takeover.ts'
export type { ManagerRule } from './fields/takeover.ts'
export { formatChangeSet, groupByAction, hasChanged, toActionMap } from './model/change-set.ts'
export type { Action, ChangeSet, ChangeSetEntry, ObservedMetadata } from './model/change-set.ts'
export { diffInventory, mergeSurvivors, parseEntry, sortInventory, toEntry, toInventory } from './model/inventory.ts'
export type { InventoryEntry } from './model/inventory.ts'
export { compareRefs, rankOf } from './model/kind-order.ts'
export { ownerLabels, readOwner, withOwnerLabels } from './model/owner.ts'
export type { Owner, OwnerKey } from './model/owner.ts'
export { normalizeObject, withCommonMetadata } from './normalize/normalize.ts'
export type { CommonMetadata } from './normalize/normalize.ts'
export { hasDrifted } from './object/drift.ts'
export { hashObject } from './object/hash.ts'
export { isJobWithTtl } from './object/stage.ts'
export type {
  ApplyAllOptions,
  Difference,
  DiffOptions,
  DiffResult,
  PruneOptions,
  PruneResult,
  ResourceManagerOptions,
  WriteInFlight,
  WriteObserver,
} from './plan/options.ts'
export { ResourceManager } from './resource-manager.ts'
export { OwnershipCache } from './ownership/ownership-cache.ts'
export type { KindCoverage, OwnershipCacheOptions, Suspect, SuspectCause } from './ownership/types.ts'
export { HealthTracker } from './wait/health-tracker.ts'
export type {
  HealthOutcome,
  HealthReport,
  HealthTarget,
  HealthTrackerOptions,
  HealthWait,
  TrackOptions,
} from './wait/health-types.ts'
