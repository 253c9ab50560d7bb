// SPDX-License-Identifier: Apache-2.0
export { RuntimeError } from './errors.ts'
export type { RuntimeErrorCode } from './errors.ts'
export { next } from './outcome.ts'
export type {
  EventDraft,
  Failed,
  Outcome,
  OutcomeExtras,
  Progress,
  Reason,
  ReconcileContext,
  Reconciler,
  Stalled,
  Step,
  Succeeded,
  Superseded,
  Waiting,
} from './outcome.ts'
export type { ConditionTable } from './condition-table.ts'
export type {
  ControllerHandle,
  ControllerSpec,
  EnqueueOptions,
  EnqueueRequest,
  Priority,
  RunFacts,
  WatchBuilder,
  WatchMapping,
} from './controller-spec.ts'
export type { CommonOptions, LeaderElectionOptions, LogOptions } from './options.ts'
export { parseFeatureGates } from './feature-gates.ts'
export type { FeatureGate, FeatureGates } from './feature-gates.ts'
export type { Logger } from './logger.ts'
export type { FaultPoint, Faults, ManagerConfig, Runnable, RunnableOptions } from './manager-types.ts'
