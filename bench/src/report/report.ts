// SPDX-License-Identifier: Apache-2.0
import { fluxMeasurement } from '../reference/flux.ts'
import type { BenchResult } from '../result.ts'
import { formatChart } from './chart.ts'
import { formatDetails } from './details.ts'
import { toFigures } from './figures.ts'
import type { Figure } from './figures.ts'
import { formatFigure, formatRatio } from './format.ts'
import { formatTable } from './table.ts'
import { describeWorkload } from '../workload/workload.ts'

/** The whole report: what ran, the table beside Flux, the chart, the details. */
export function formatReport(result: BenchResult): string {
  const figures = toFigures(result)
  const parts = [formatHead(result, figures), formatComparison(figures), formatChart(figures), formatDetails(result)]
  return `\n${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function formatHead(
  { date, options, machine, components, loadBefore }: BenchResult,
  figures: readonly Figure[],
): string {
  const { version, machine: theirs, method } = fluxMeasurement
  const hasFlux = figures.some(({ flux }) => flux !== undefined)
  return [
    `${describeWorkload({ shape: 'monorepo', sops: false, lockdown: false, ...options })}, concurrency ${options.concurrent}, ${date}`,
    `Tidelock ${machine.tidelock}, Node ${machine.node}, Kubernetes ${machine.kubernetes}: ${components.join(', ')}`,
    `${machine.cores} cores (${machine.processor}), ${machine.memoryGiB} GiB, load ${loadBefore.toFixed(1)} before it began`,
    ...(hasFlux ? [`Beside it ${version} on ${theirs}; ${method}`] : []),
  ].join('\n')
}

/** The table beside Flux; the columns of Flux and of the goals are there when there is something in them. */
export function formatComparison(figures: readonly Figure[]): string {
  const hasFlux = figures.some(({ flux }) => flux !== undefined)
  const hasGoal = figures.some(({ goal }) => goal !== undefined)
  const header = ['', 'Tidelock', ...(hasFlux ? ['Flux 2.9', 'against Flux'] : []), ...(hasGoal ? ['goal'] : [])]
  const rows = figures.map((figure) => [
    figure.label,
    formatFigure(figure.value, figure.unit),
    ...(hasFlux ? fluxCells(figure) : []),
    ...(hasGoal ? [figure.goal === undefined ? '' : formatFigure(figure.goal, figure.unit)] : []),
  ])
  return formatTable(header, rows)
}

function fluxCells({ flux, value, unit }: Figure): [string, string] {
  if (flux === undefined) return ['', '']
  if (typeof flux === 'string') return [flux, '']
  return [formatFigure(flux, unit), formatRatio(value, flux)]
}
