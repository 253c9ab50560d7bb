// SPDX-License-Identifier: Apache-2.0
import { median } from '../measure/statistics.ts'
import { totalUsage } from '../measure/usage.ts'
import { sampleCount } from '../phases/hand-edit.ts'
import { fluxFigures, fluxMeasurement } from '../reference/flux.ts'
import type { FluxFigures } from '../reference/flux.ts'
import { goals } from '../reference/goals.ts'
import type { BenchResult } from '../result.ts'

/** The units of figures; less is better in each. */
export type Unit = 's' | 'CPU-s' | 'requests' | 'ms' | '%' | 'MiB'

/** One line of the report. */
export interface Figure {
  readonly label: string
  readonly unit: Unit
  readonly value: number
  /** What was measured of Flux with as many apps; text where it is not a number; absent where there is nothing. */
  readonly flux?: number | string
  /** The budget; absent where none is set for this number of apps. */
  readonly goal?: number
}

/** The figures of a run beside Flux's and the budgets. */
export function toFigures(result: BenchResult): Figure[] {
  const { apps } = result.options
  const flux = isComparable(result) ? fluxFigures.find((each) => each.apps === apps) : undefined
  const goal = apps === goals.apps ? goals : undefined
  const rows = [
    ...coldFigures(result, flux),
    ...changeFigures(result, flux),
    ...restFigures(result, flux),
    ...loadFigures(result),
  ]
  return rows.map(({ goal: key, flux, ...row }) => ({
    ...row,
    ...(flux === undefined ? {} : { flux }),
    ...(goal === undefined || key === undefined ? {} : { goal: goal[key] }),
  }))
}

/** Whether it is what Flux was measured with: plain Kustomizations, without pods. */
export function isComparable({ options: { cluster, shape = 'monorepo', lockdown = false } }: BenchResult): boolean {
  return cluster === 'api' && shape === 'monorepo' && !lockdown
}

type Row = Omit<Figure, 'goal' | 'flux'> & {
  readonly flux?: number | string | undefined
  readonly goal?: Exclude<keyof typeof goals, 'apps'>
}

function coldFigures({ cold }: BenchResult, flux: FluxFigures | undefined): Row[] {
  const { cpuSeconds, requests } = totalUsage(cold.usage)
  const label = 'cold'
  return [
    { label: `${label}: all Ready`, unit: 's', value: cold.readySeconds, flux: flux?.coldSeconds, goal: 'coldSeconds' },
    { label: `${label}: CPU`, unit: 'CPU-s', value: cpuSeconds, flux: flux?.coldCpuSeconds, goal: 'coldCpuSeconds' },
    { label: `${label}: API requests`, unit: 'requests', value: requests, flux: flux?.coldRequests },
  ]
}

function changeFigures({ changes, changeAfterRest }: BenchResult, flux: FluxFigures | undefined): Row[] {
  const totals = changes.map(({ usage }) => totalUsage(usage))
  const middle = <T>(all: readonly T[], pick: (each: T) => number): number => median(all.map(pick))
  const label = 'one change'
  const live = middle(changes, (each) => each.liveSeconds)
  const all = middle(changes, (each) => each.allSeconds)
  const cpu = middle(totals, (each) => each.cpuSeconds)
  const requests = middle(totals, (each) => each.requests)
  return [
    { label: `${label}: live`, unit: 's', value: live, flux: flux?.changeLiveSeconds, goal: 'changeLiveSeconds' },
    ...(changeAfterRest === undefined
      ? []
      : ([
          { label: `${label}: live, after the idle phase`, unit: 's', value: changeAfterRest.liveSeconds },
        ] satisfies Row[])),
    {
      label: `${label}: all at the new revision`,
      unit: 's',
      value: all,
      flux: flux?.changeAllSeconds,
      goal: 'changeAllSeconds',
    },
    { label: `${label}: CPU`, unit: 'CPU-s', value: cpu, flux: flux?.changeCpuSeconds, goal: 'changeCpuSeconds' },
    {
      label: `${label}: API requests`,
      unit: 'requests',
      value: requests,
      flux: flux?.changeRequests,
      goal: 'changeRequests',
    },
  ]
}

function restFigures(
  { handEdit, idle, memory, options, editAfterRestMs }: BenchResult,
  flux: FluxFigures | undefined,
): Row[] {
  const each = Object.values(memory)
  const sum = (pick: (one: (typeof each)[number]) => number): number => each.reduce((all, one) => all + pick(one), 0)
  const never = flux === undefined ? undefined : fluxMeasurement.handEdit
  const { editMs, deletionMs } = handEdit
  const fluxPeak = flux === undefined ? undefined : flux.sourcePeakMiB + flux.kustomizePeakMiB
  const count = sampleCount(options)
  return [
    { label: `hand edit undone: median of ${count}`, unit: 'ms', value: editMs.median, flux: never },
    { label: 'hand edit undone: slowest', unit: 'ms', value: editMs.max, goal: 'handEditMs' },
    { label: 'hand edit undone: after the idle phase', unit: 'ms', value: editAfterRestMs, goal: 'handEditMs' },
    { label: `deletion undone: median of ${count}`, unit: 'ms', value: deletionMs.median, flux: never },
    { label: 'deletion undone: slowest', unit: 'ms', value: deletionMs.max, goal: 'handEditMs' },
    { label: 'idle: CPU of one core', unit: '%', value: idle.cpuPercent, goal: 'idleCpuPercent' },
    {
      label: `idle: API requests in ${Math.round(idle.seconds)} s`,
      unit: 'requests',
      value: totalUsage(idle.usage).requests,
    },
    {
      label: 'memory: peak, all controllers',
      unit: 'MiB',
      value: sum((one) => one.peakMiB),
      flux: fluxPeak,
      goal: 'peakMiB',
    },
    { label: 'memory: at rest, all controllers', unit: 'MiB', value: sum((one) => one.nowMiB), goal: 'idleMiB' },
  ]
}

function loadFigures({ load }: BenchResult): Row[] {
  if (load === undefined) return []
  const { undoneMs, coldSeconds } = load
  const label = 'under load: edit or deletion undone'
  const { length } = undoneMs.samples
  return [
    { label: `${label}, median of ${length}`, unit: 'ms', value: undoneMs.median },
    { label: `${label}, p99`, unit: 'ms', value: undoneMs.p99 ?? undoneMs.max, goal: 'handEditMs' },
    { label: 'under load: as many new ones Ready', unit: 's', value: coldSeconds },
  ]
}
