// SPDX-License-Identifier: Apache-2.0
import type { Registry } from 'prom-client'
import { counter, gauge, histogram } from './metrics-kinds.ts'
import type { QueueObserver } from './work-queue.ts'

const latencyBuckets = Array.from({ length: 12 }, (_, index) => 1e-8 * 10 ** index)

interface Running {
  readonly processing: () => readonly number[]
  readonly monotonic: () => number
}

/** Registers `workqueue_*`, as client-go names them, and hands out the observer of each queue. */
export function createQueueMetrics(registry: Registry): {
  queue(name: string, processing: () => readonly number[], monotonic: () => number): QueueObserver
} {
  const labels = ['name', 'controller']
  const queues = new Map<string, Running>()
  const depth = gauge(registry, 'workqueue_depth', depthHelp, [...labels, 'priority'])
  const adds = counter(registry, 'workqueue_adds_total', 'Total number of adds handled by workqueue', labels)
  const waited = histogram(registry, 'workqueue_queue_duration_seconds', waitedHelp, labels, latencyBuckets)
  const worked = histogram(registry, 'workqueue_work_duration_seconds', workedHelp, labels, latencyBuckets)
  const retries = counter(registry, 'workqueue_retries_total', retriesHelp, labels)
  const running = (name: string, help: string, combine: (ages: readonly number[]) => number): void => {
    gauge(registry, name, help, labels, (self) => {
      for (const [queue, { processing, monotonic }] of queues) {
        const ages = processing().map((since) => (monotonic() - since) / 1000)
        self.set({ name: queue, controller: queue }, combine(ages))
      }
    })
  }
  running('workqueue_unfinished_work_seconds', unfinishedHelp, (ages) => ages.reduce((sum, age) => sum + age, 0))
  running('workqueue_longest_running_processor_seconds', longestHelp, (ages) => Math.max(0, ...ages))
  return {
    queue(name, processing, monotonic) {
      queues.set(name, { processing, monotonic })
      const of = { name, controller: name }
      adds.inc(of, 0)
      retries.inc(of, 0)
      for (const priority of ['user', 'change', 'normal', 'low']) depth.set({ ...of, priority }, 0)
      return {
        added: () => adds.inc(of),
        depth: (priority, count) => depth.set({ ...of, priority }, count),
        taken: (waitedMs) => waited.observe(of, waitedMs / 1000),
        done: (workedMs) => worked.observe(of, workedMs / 1000),
        delayed: () => retries.inc(of),
      }
    },
  }
}

const depthHelp = 'Current depth of workqueue by workqueue and priority'
const waitedHelp = 'How long in seconds an item stays in workqueue before being requested'
const workedHelp = 'How long in seconds processing an item from workqueue takes.'
const retriesHelp =
  'Total number of items added to the workqueue with a non-zero delay (rate-limited requeues, explicit RequeueAfter or AddAfter calls)'
const unfinishedHelp =
  "How many seconds of work has been done that is in progress and hasn't been observed by work_duration. Large values indicate stuck threads. One can deduce the number of stuck threads by observing the rate at which this increases."
const longestHelp = 'How many seconds has the longest running processor for workqueue been running.'
