// SPDX-License-Identifier: Apache-2.0
import type { Registry } from 'prom-client'
import { counter, gauge, histogram } from './metrics-kinds.ts'
import type { ReconcileResult } from './metrics.ts'

/** What one controller reports; names are controller-runtime's. */
export interface ControllerMetrics {
  started(): void
  finished(result: ReconcileResult, durationMs: number): void
  terminal(): void
  bug(): void
}

const results: readonly ReconcileResult[] = ['success', 'error', 'requeue', 'requeue_after']
const timeBuckets = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
]

/** Registers `controller_runtime_*` and hands out the metrics of each controller. */
export function createControllerMetrics(registry: Registry): {
  controller(name: string, concurrency: number): ControllerMetrics
} {
  const of = ['controller']
  const prefix = 'controller_runtime'
  const total = counter(registry, `${prefix}_reconcile_total`, 'Total number of reconciliations per controller', [
    'controller',
    'result',
  ])
  const errors = counter(registry, `${prefix}_reconcile_errors_total`, errorsHelp, of)
  const terminal = counter(registry, `${prefix}_terminal_reconcile_errors_total`, terminalHelp, of)
  const panics = counter(registry, `${prefix}_reconcile_panics_total`, panicsHelp, of)
  const time = histogram(registry, `${prefix}_reconcile_time_seconds`, timeHelp, of, timeBuckets)
  const workers = gauge(registry, `${prefix}_max_concurrent_reconciles`, workersHelp, of)
  const active = gauge(registry, `${prefix}_active_workers`, activeHelp, of)
  return {
    controller(controller, concurrency) {
      // a series that is there from the start is what rate() needs
      for (const result of results) total.inc({ controller, result }, 0)
      for (const each of [errors, terminal, panics]) each.inc({ controller }, 0)
      workers.set({ controller }, concurrency)
      active.set({ controller }, 0)
      return {
        started: () => active.inc({ controller }),
        finished(result, durationMs) {
          active.dec({ controller })
          total.inc({ controller, result })
          if (result === 'error') errors.inc({ controller })
          time.observe({ controller }, durationMs / 1000)
        },
        terminal: () => terminal.inc({ controller }),
        bug: () => panics.inc({ controller }),
      }
    },
  }
}

const errorsHelp = 'Total number of reconciliation errors per controller'
const terminalHelp = 'Total number of terminal reconciliation errors per controller'
const panicsHelp = 'Total number of reconciliation panics per controller'
const timeHelp = 'Length of time per reconciliation per controller'
const workersHelp = 'Maximum number of concurrent reconciles per controller'
const activeHelp = 'Number of currently used workers per controller'
