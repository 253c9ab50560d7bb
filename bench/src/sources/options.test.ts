// SPDX-License-Identifier: Apache-2.0
import { expect, it } from '@jest/globals'
import { formatSources } from './report.ts'
import { intervalText, parseSourcesOptions } from './options.ts'

it('reads the command line', () => {
  const options = parseSourcesOptions(['--git', '20', '--oci', '0', '--interval', '90s', '--json', 'out.json'], '/data')
  expect(options).toEqual({
    git: 20,
    oci: 0,
    concurrent: 10,
    intervalMs: 90_000,
    changes: 10,
    timeoutMs: 1_800_000,
    jsonPath: '/data/out.json',
  })
  expect(intervalText(options)).toBe('1m30s')
})

it('prints a table of what was measured', () => {
  const spent = { seconds: 60, cpuSeconds: 3, apiRequests: 10, sourceRequests: 40 }
  const result = { kind: 'GitRepository', count: 20, cold: spent, round: spent, peakMiB: 150, restMiB: 140 }
  const machine = { cores: 2, processor: 'x', memoryGiB: 24, node: 'v26', kubernetes: 'v1.36', tidelock: '0.1.0' }
  const text = formatSources([{ ...result, changesMs: [100, 200, 900] }], machine)
  expect(text).toContain('| 20 GitRepository objects |')
  expect(text).toContain('| cold: all Ready | 60.0 s |')
  expect(text).toContain('| one round of polling: CPU of one core over 60.0 s | 5.00 % |')
  expect(text).toContain('| requested change: median of 3 | 200 ms |')
  expect(formatSources([{ ...result, changesMs: [] }], machine)).not.toContain('requested change')
})
