// SPDX-License-Identifier: Apache-2.0
export { RuntimeError } from './errors.ts'
export type { RuntimeErrorCode } from './errors.ts'
export { next } from './outcome.ts'
export type {
  EventDraft,
  Failed,
  Outcome,
  OutcomeExtras,
  Priority,
  Progress,
  ProgressOptions,
  Reason,
  ReconcileContext,
  Reconciler,
  Stalled,
  Step,
  Succeeded,
  Superseded,
  Trigger,
  Waiting,
} from './outcome.ts'
export type { ConditionTable } from './condition-table.ts'
export type {
  ControllerHandle,
  ControllerSpec,
  EnqueueOptions,
  EnqueueRequest,
  RunFacts,
  WatchBuilder,
  WatchMapping,
} from './controller-spec.ts'
export { controllerCommand } from './controller-command.ts'
export { commonFlags } from './common-flags.ts'
export type { CommonFlagsOptions } from './common-flags.ts'
export { createManager } from './create-manager.ts'
export type { CreatedManager, CreateManagerOptions } from './create-manager.ts'
export { parseFeatureGates } from './feature-gates.ts'
export type { FeatureGate, FeatureGates } from './feature-gates.ts'
export { finalizeStatus } from './finalize-status.ts'
export type { FinalizeInput, Finalized, Requeue, Thrown } from './finalize-status.ts'
export { declareFlag } from './flag-set.ts'
export type { FlagDeclaration, FlagReader } from './flag-set.ts'
export { inertFlags, reportInert } from './inert-flags.ts'
export type { InertFlag } from './inert-flags.ts'
export {
  booleanFlag,
  durationFlag,
  integerFlag,
  listFlag,
  selectorFlag,
  textFlag,
  urlFlag,
  wordFlag,
} from './flag-values.ts'
export type { FlagParser } from './flag-values.ts'
export type { HealthCheck } from './health-checks.ts'
export { serveHttp } from './http-server.ts'
export type { RunningServer } from './http-server.ts'
export type { SharedInformerOptions } from './informer-pool.ts'
export { jitteredInterval } from './jitter.ts'
export { createKubernetesSink } from './kubernetes-sink.ts'
export type { KubernetesSinkOptions } from './kubernetes-sink.ts'
export { leaseName } from './lease-name.ts'
export { parseListenAddress } from './listen-address.ts'
export type { ListenAddress } from './listen-address.ts'
export { createLogger } from './logger.ts'
export type { Logger } from './logger.ts'
export { Manager } from './manager.ts'
export type { FaultPoint, Faults, ManagerConfig, Runnable, RunnableOptions } from './manager-types.ts'
export { natsAccess, natsStream } from './nats-access.ts'
export { createMetrics } from './metrics.ts'
export type { MetricObject, RuntimeMetrics } from './metrics.ts'
export { counter, gauge, histogram } from './metrics-kinds.ts'
export type { CommonOptions, LeaderElectionOptions, LogOptions } from './options.ts'
export { runMain } from './run-main.ts'
export type { MainProcess, RunMainOptions } from './run-main.ts'
export { SerialPatcher } from './serial-patcher.ts'
export type { SerialPatcherOptions } from './serial-patcher.ts'
export { summarize } from './summarize.ts'
export type { Summary } from './summarize.ts'
export { WorkQueue } from './work-queue.ts'
export type { QueueItem, QueueObserver, WorkQueueOptions } from './work-queue.ts'
