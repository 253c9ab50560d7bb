// SPDX-License-Identifier: Apache-2.0
import type { DeliveryResult, SpoolStats } from '@tidelock/bus'
import type { RequestInfo } from '@tidelock/kube'
import type { ObjectKey } from '@tidelock/api'
import type { Registry } from 'prom-client'
import { createControllerMetrics } from './metrics-controller.ts'
import type { ControllerMetrics } from './metrics-controller.ts'
import { createEventMetrics } from './metrics-events.ts'
import { collectProcessMetrics } from './metrics-process.ts'
import { createQueueMetrics } from './metrics-queue.ts'
import type { Finalized } from './finalize-status.ts'
import type { QueueObserver } from './work-queue.ts'
import { counter, gauge, histogram } from './metrics-kinds.ts'

/** An object as `gotk_*` metrics label it. */
export interface MetricObject extends ObjectKey {
  readonly kind: string
}

/** All metrics of the machine itself, with Flux's and controller-runtime's names. */
export interface RuntimeMetrics {
  readonly registry: Registry
  /** Fits `KubeClientOptions.onRequest`. */
  observeRequest(this: void, info: RequestInfo): void
  /** Metrics of one controller, and of its queue; `processing` gives the start times of work under way. */
  controller(name: string, concurrency: number): ControllerMetrics
  queue(name: string, processing: () => readonly number[], monotonic: () => number): QueueObserver
  /** `gotk_reconcile_duration_seconds`. */
  observeReconcile(object: MetricObject, durationMs: number): void
  /** Deletes the series of an object that is gone. */
  deleteReconcile(object: MetricObject): void
  setLeader(lease: string, leads: boolean): void
  delivery(sink: string, result: DeliveryResult): void
  spool(stats: () => SpoolStats): void
}

/** Label of `controller_runtime_reconcile_total`. */
export type ReconcileResult = Finalized<never>['result']

/** Registers the machine's metrics and the process' own with the registry. Call it once a registry. */
export function createMetrics(registry: Registry): RuntimeMetrics {
  collectProcessMetrics(registry)
  const requests = counter(registry, 'rest_client_requests_total', requestsHelp, ['code', 'host', 'method'])
  const labels = ['kind', 'name', 'namespace']
  const buckets = [...reconcileBuckets]
  const durations = histogram(registry, 'gotk_reconcile_duration_seconds', durationHelp, labels, buckets)
  const leader = gauge(registry, 'leader_election_master_status', leaderHelp, ['name'])
  return {
    registry,
    observeRequest: ({ code, host, method }) => requests.inc({ code, host, method }),
    ...createControllerMetrics(registry),
    ...createQueueMetrics(registry),
    ...createEventMetrics(registry),
    observeReconcile: ({ kind, name, namespace }, ms) => durations.observe({ kind, name, namespace }, ms / 1000),
    deleteReconcile: ({ kind, name, namespace }) => durations.remove({ kind, name, namespace }),
    setLeader: (name, leads) => leader.set({ name }, leads ? 1 : 0),
  }
}

const requestsHelp = 'Number of HTTP requests, partitioned by status code, method, and host.'
const durationHelp = 'The duration in seconds of a GitOps Toolkit resource reconciliation.'
const leaderHelp =
  "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name."

/**
 * Bounds in seconds from 0.01 to 1800, each the same factor above the one before, as Go computes them: `sum by (le)` over Flux's
 * controllers and these needs them equal to the last digit.
 */
const reconcileBuckets: readonly number[] = [
  0.01, 0.038363583488692544, 0.1471764538093883, 0.5646216173286169, 2.166090855590701, 8.309900738254731,
  31.879757075478317, 122.30217221643493, 469.19495946736544, 1799.9999999999986,
]
