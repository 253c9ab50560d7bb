// SPDX-License-Identifier: Apache-2.0
import type { Clock } from '@tidelock/api'
import type { EventSink, Spool } from '@tidelock/bus'
import type { KubeClient, RequestSlots } from '@tidelock/kube'
import type { Logger } from './logger.ts'
import type { RuntimeMetrics } from './metrics.ts'
import type { CommonOptions } from './options.ts'

/** What a manager is made of. Everything outside the process comes in here. */
export interface ManagerConfig {
  /** `kustomize-controller`: source of events, name of the Lease, reporting controller. */
  readonly name: string
  readonly client: KubeClient
  /**
   * What nobody waits for takes these: requests of runs about their own object, and Kubernetes Events. Runs that a user waits for take
   * none, and make others have fewer while they go on. Absent: none are counted.
   */
  readonly routineRequests?: RequestSlots
  readonly options: CommonOptions
  readonly clock: Clock
  readonly log: Logger
  readonly metrics: RuntimeMetrics
  /** Uniform in [0, 1). */
  readonly random: () => number
  /** Name of this instance: holder of the Lease, reporting instance of events. The host name, made unique. */
  readonly instance: string
  readonly spool: Spool
  /** Receivers of events; the Kubernetes Events sink is added by the manager. */
  readonly sinks: readonly EventSink[]
  /** How long runs may go on by themselves when the process stops, before they are aborted. Absent: 2 s. */
  readonly drainMs?: number
  /** Bound of the whole graceful stop. Absent: 8 s, within the 10 s that Flux's manifests grant. */
  readonly stopTimeoutMs?: number
  /** Called at every named point of the loop, see `Faults`. Absent in production. */
  readonly faults?: Faults
}

/** Points of the loop where tests cut a process short. */
export type FaultPoint =
  | 'run-started'
  | 'finalizer-added'
  | 'progress-patched'
  | 'event-intended'
  | 'outcome-known'
  | 'events-spooled'
  | 'status-patched'
  | 'events-released'
  | 'finalizer-removed'

/** A hook of tests: awaited at every point. */
export interface Faults {
  reach(point: FaultPoint, object: string): Promise<void>
}

/** A part of the process that runs beside the controllers until the signal aborts. */
export type Runnable = (signal: AbortSignal) => Promise<void>

/** When a runnable runs. */
export interface RunnableOptions {
  /** Only while this instance leads; it is stopped before the Lease is released. Absent: false. */
  readonly needsLeader?: boolean
}
