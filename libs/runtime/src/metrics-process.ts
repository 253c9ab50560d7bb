// SPDX-License-Identifier: Apache-2.0
import { collectDefaultMetrics } from 'prom-client'
import type { Registry } from 'prom-client'

const sampledLags = ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'].map(
  (of) => `nodejs_eventloop_lag_${of}_seconds`,
)
const neverMs = 24 * 3_600_000

/**
 * Registers what prom-client says of the process and of Node, but for the sampled lags of the event loop: their sampler wakes the process
 * a hundred times a second, which cost 0.3 % of a core, more than everything else in an idle controller. Sampled less often they would
 * show the sampler's period. `nodejs_eventloop_lag_seconds`, taken when it is asked for, stays.
 */
export function collectProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: neverMs })
  for (const name of sampledLags) registry.removeSingleMetric(name)
}
