// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import type { UsageByController } from '../measure/usage.ts'
import type { BenchResult } from '../result.ts'
import { formatBar, formatChart } from './chart.ts'
import { formatFigure, formatRatio } from './format.ts'
import { toFigures } from './figures.ts'
import { formatComparison, formatReport } from './report.ts'
import { drawSvg } from './svg.ts'
import { formatTable } from './table.ts'

const usage = (cpuSeconds: number, requests: number): UsageByController => ({
  kustomize: { cpuSeconds, requests, requestsBy: { 'PATCH 200': requests } },
  source: { cpuSeconds: 0, requests: 0, requestsBy: {} },
})
const spread = { median: 40, max: 90, samples: [40, 40, 90] }

const result = (apps: number): BenchResult => ({
  date: '2026-01-02T03:04:05.000Z',
  options: { apps, concurrent: 20, cluster: 'api', changes: 3, samples: 10, audit: true },
  machine: {
    cores: 2,
    processor: 'a processor',
    memoryGiB: 24,
    node: 'v26.0.0',
    kubernetes: 'v1.36.3',
    tidelock: '0.1.0',
  },
  loadBefore: 0.25,
  components: ['etcd', 'kube-apiserver'],
  cold: { readySeconds: 2.1, usage: usage(5.7, 1441) },
  changes: [
    { liveSeconds: 0.9, allSeconds: 3, usage: usage(2, 300) },
    { liveSeconds: 0.5, allSeconds: 2, usage: usage(1, 200) },
    { liveSeconds: 0.4, allSeconds: 1, usage: usage(0.5, 100) },
  ],
  handEdit: { editMs: spread, deletionMs: spread, usage: usage(0.1, 40) },
  editAfterRestMs: 1200,
  idle: { seconds: 60, cpuPercent: 0.25, usage: usage(0.15, 24) },
  memory: { kustomize: { peakMiB: 200, nowMiB: 150 }, source: { peakMiB: 100, nowMiB: 50 } },
  audit: { kustomize: { ownCount: 2000, auditCount: 2000 } },
})

describe('toFigures', () => {
  it('puts the figures of Flux beside as many apps', () => {
    expect(toFigures(result(100)).find(({ label }) => label === 'cold: API requests')).toEqual({
      label: 'cold: API requests',
      unit: 'requests',
      value: 1441,
      flux: 2882,
    })
  })

  it('takes the median of the changes', () => {
    expect(toFigures(result(100)).find(({ label }) => label === 'one change: live')?.value).toBe(0.5)
  })

  it('has the change after the rest, where it was measured', () => {
    const label = 'one change: live, after the idle phase'
    const changeAfterRest = { liveSeconds: 1.25, allSeconds: 2, usage: usage(1, 200) }
    expect(toFigures({ ...result(100), changeAfterRest }).find((each) => each.label === label)?.value).toBe(1.25)
    expect(toFigures(result(100)).map((each) => each.label)).not.toContain(label)
    expect(formatReport({ ...result(100), changeAfterRest })).toContain('change after idle')
  })

  it('puts the budgets beside 500 apps', () => {
    expect(toFigures(result(500)).find(({ label }) => label === 'cold: all Ready')).toMatchObject({
      flux: 329,
      goal: 30,
    })
  })

  it('compares a full cluster with nothing', () => {
    const { options, ...rest } = result(100)
    const figures = toFigures({ ...rest, options: { ...options, cluster: 'full' } })
    expect(figures.filter(({ flux }) => flux !== undefined)).toEqual([])
  })

  it('compares another workload with nothing', () => {
    const { options, ...rest } = result(100)
    for (const other of [{ shape: 'second' as const }, { lockdown: true }]) {
      const figures = toFigures({ ...rest, options: { ...options, ...other } })
      expect(figures.filter(({ flux }) => flux !== undefined)).toEqual([])
    }
  })

  it('has the edits under load, against the budget', () => {
    const load = {
      undoneMs: { ...spread, p99: 90 },
      coldSeconds: 30,
      updates: 1500,
      updatesPerSecond: 50,
      usage: usage(9, 90),
    }
    const figures = toFigures({ ...result(500), load })
    expect(figures.find(({ label }) => label === 'under load: edit or deletion undone, p99')).toMatchObject({
      value: 90,
      goal: 1000,
    })
    expect(formatReport({ ...result(500), load })).toContain('1500 status updates, 50 a second')
  })

  it('compares another number of apps with nothing', () => {
    for (const figure of toFigures(result(7))) expect(Object.keys(figure).sort()).toEqual(['label', 'unit', 'value'])
  })
})

describe('formatComparison', () => {
  it('shows how many times less', () => {
    expect(formatComparison(toFigures(result(100)))).toMatch(
      /\| cold: API requests +\| +1441 \| +2882 \| +2\.00x less \|/,
    )
  })

  it('has no column for what nothing is known of', () => {
    expect(formatComparison(toFigures(result(7))).split('\n')[0]).not.toContain('Flux')
  })
})

describe('formatReport', () => {
  it('says what ran and shows each controller and the audit', () => {
    const text = formatReport(result(100))
    expect(text).toContain('Monorepo of 100 apps')
    expect(text).toContain('etcd, kube-apiserver')
    expect(text).toContain('load 0.3 before it began')
    expect(text).toContain('PATCH 200: 1441')
    expect(text).toMatch(/kustomize +\| +2000 \| +2000 \|/)
  })

  it('leaves the chart out when there is nothing beside', () => {
    expect(formatReport(result(7))).not.toContain('█')
  })
})

describe('formatTable', () => {
  it('lines columns up', () => {
    expect(formatTable(['', 'n'], [['long name', '1'], ['x']])).toBe(
      ['|           |   n |', '| --------- | --: |', '| long name |   1 |', '| x         |     |'].join('\n'),
    )
  })
})

describe('chart', () => {
  it.each([
    [0, ''],
    [0.000001, '▏'],
    [0.0125, '▌'],
    [0.5, '█'.repeat(20)],
    [1, '█'.repeat(40)],
    [2, '█'.repeat(40)],
  ])('draws %d as %j', (part, bar) => {
    expect(formatBar(part)).toBe(bar)
  })

  it('scales both bars to the longer one', () => {
    const chart = formatChart([{ label: 'cold', unit: 's', value: 1, flux: 4 }])
    expect(chart).toBe(`cold (s)\n  Tidelock  ${'█'.repeat(10)} 1.00 s\n  Flux 2.9  ${'█'.repeat(40)} 4.00 s`)
  })
})

describe('drawSvg', () => {
  const numbersIn = (svg: string): string[] => [...svg.matchAll(/>([\d.]+)<\/text>/g)].map(([, number = '']) => number)

  it('draws the last run with as many apps, and what can be compared alone', () => {
    const { options, ...rest } = result(100)
    const older = { ...result(100), cold: { readySeconds: 77, usage: usage(1, 1) } }
    const second = { ...rest, options: { ...options, apps: 300, shape: 'second' as const } }
    const numbers = numbersIn(drawSvg([older, result(1000), result(100), second]))
    expect(numbers).not.toContain('77.0')
    expect(numbers).not.toContain('300')
    // ours twice, Flux's, and the axis of each of the four panels
    expect(numbers.filter((number) => number === '2.10')).toHaveLength(2)
    expect(numbers).toContain('329')
    expect(numbers.filter((number) => number === '500')).toHaveLength(4)
  })

  it('is well-formed, with Flux alone too', () => {
    for (const svg of [drawSvg([]), drawSvg([result(7)])]) {
      const open = [...svg.matchAll(/<([a-z]+)[^>]*[^/]>/g)].length
      expect(open).toBe([...svg.matchAll(/<\/[a-z]+>/g)].length)
      expect(svg).not.toMatch(/NaN|undefined|Infinity/)
    }
  })
})

describe('format', () => {
  it.each([
    [0.05, 's', '0.05 s'],
    [329, 's', '329.0 s'],
    [12.6, 'ms', '13 ms'],
    [0.04, '%', '0.04 %'],
    [15758, 'requests', '15758'],
  ] as const)('%d %s is %j', (value, unit, text) => {
    expect(formatFigure(value, unit)).toBe(text)
  })

  it.each([
    [1, 4, '4.00x less'],
    [1, 40, '40x less'],
    [3, 2, '1.50x more'],
    [2, 2, 'same'],
    [0, 2, ''],
  ])('%d against %d is %j', (ours, theirs, text) => {
    expect(formatRatio(ours, theirs)).toBe(text)
  })
})
