// SPDX-License-Identifier: Apache-2.0
import perfHooks from 'node:perf_hooks'
import { expect, it, jest } from '@jest/globals'
import { Registry } from 'prom-client'
import { collectProcessMetrics } from './metrics-process.ts'

it('says what the process is like without waking it all the time', async () => {
  const monitor = jest.spyOn(perfHooks, 'monitorEventLoopDelay')
  const registry = new Registry()
  collectProcessMetrics(registry)
  expect(monitor.mock.calls.map(([options]) => options?.resolution ?? 10)).toEqual([24 * 3_600_000])
  monitor.mockRestore()
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['process_cpu_seconds_total', 'nodejs_heap_size_used_bytes']))
  expect(names.filter((name) => name.startsWith('nodejs_eventloop_lag'))).toEqual(['nodejs_eventloop_lag_seconds'])
})
