// SPDX-License-Identifier: Apache-2.0
import { fluxFigures, fluxMeasurement } from '../reference/flux.ts'
import type { FluxFigures } from '../reference/flux.ts'
import type { BenchResult } from '../result.ts'
import { isComparable, toFigures } from './figures.ts'
import { drawPanel, panelHeight, panelWidth } from './svg-panel.ts'
import type { PanelOptions, Point } from './svg-panel.ts'
import { colors, element, text } from './svg-element.ts'

interface Chart {
  readonly title: string
  readonly unit: PanelOptions['unit']
  /** Label of the figure that is drawn. */
  readonly figure: string
  readonly flux: (figures: FluxFigures) => number
}

const charts: readonly Chart[] = [
  { title: 'Cold: all Ready', unit: 's', figure: 'cold: all Ready', flux: (each) => each.coldSeconds },
  {
    title: 'One change: all at the new revision',
    unit: 's',
    figure: 'one change: all at the new revision',
    flux: (each) => each.changeAllSeconds,
  },
  { title: 'Cold: CPU of the controllers', unit: 'CPU-s', figure: 'cold: CPU', flux: (each) => each.coldCpuSeconds },
  {
    title: 'One change: CPU of the controllers',
    unit: 'CPU-s',
    figure: 'one change: CPU',
    flux: (each) => each.changeCpuSeconds,
  },
]

const margin = 28
const gap = 32
const top = 84
const bottom = 52

/**
 * Time and CPU over the number of apps as an SVG, Flux's figures beside those of runs that can be compared with them. Runs of other
 * shapes are left out; of several runs with as many apps the last one counts.
 */
export function drawSvg(results: readonly BenchResult[]): string {
  const comparable = results.filter(isComparable)
  const runs = [...new Map(comparable.map((result) => [result.options.apps, result])).values()].toSorted(
    (a, b) => a.options.apps - b.options.apps,
  )
  const apps = runs.map(({ options }) => options.apps)
  const width = 2 * (margin + panelWidth) + gap
  const height = top + 2 * panelHeight + gap + bottom
  const panels = charts.map((chart, index) => {
    const x = margin + (index % 2) * (panelWidth + gap)
    const y = top + Math.floor(index / 2) * (panelHeight + gap)
    const flux = fluxFigures.map((each): Point => ({ apps: each.apps, value: chart.flux(each) }))
    const own = runs.map((run) => ({ apps: run.options.apps, value: figureOf(run, chart.figure) }))
    const { title, unit } = chart
    return element('g', { transform: `translate(${x} ${y})` }, drawPanel({ title, unit, own, flux, apps }))
  })
  const box = { width, height, viewBox: `0 0 ${width} ${height}` }
  const label = 'Time and CPU over the number of apps, Tidelock beside Flux'
  const attributes = { xmlns: 'http://www.w3.org/2000/svg', ...box, role: 'img', 'aria-label': label }
  return `${element(
    'svg',
    { ...attributes, 'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif' },
    [
      element('rect', { width, height, fill: colors.background }),
      ...drawHead(width),
      ...panels,
      ...drawFoot(runs, height),
    ],
  )}\n`
}

function figureOf(run: BenchResult, label: string): number {
  return toFigures(run).find((figure) => figure.label === label)?.value ?? 0
}

function drawHead(width: number): string[] {
  const end = width - margin
  return [
    text(margin, 38, 'A monorepo of N apps, one Kustomization each', { 'font-size': 20, 'font-weight': 600 }),
    text(margin, 60, 'Less is better; both axes of a panel are logarithmic', { fill: colors.quiet }),
    element('circle', { cx: end - 172, cy: 33, r: 5, fill: colors.own }),
    text(end - 162, 38, 'Tidelock', { fill: colors.own, 'font-weight': 600, 'font-size': 14 }),
    element('rect', { x: end - 78, y: 28, width: 10, height: 10, fill: colors.flux }),
    text(end - 63, 38, 'Flux 2.9', { fill: colors.flux, 'font-weight': 600, 'font-size': 14 }),
  ]
}

function drawFoot(runs: readonly BenchResult[], height: number): string[] {
  const last = runs.at(-1)
  if (last === undefined) return []
  const { machine, date, options } = last
  const loads = runs.map(({ loadBefore }) => loadBefore.toFixed(1)).join(', ')
  const lines = [
    `Tidelock ${machine.tidelock}, ${date.slice(0, 10)}: ${machine.cores} cores, Kubernetes ${machine.kubernetes}, concurrency ${options.concurrent}; load of the machine before each run: ${loads}`,
    `${fluxMeasurement.version}: ${fluxMeasurement.machine}`,
  ]
  return lines.map((line, index) =>
    text(margin, height - bottom + 24 + index * 16, line, { 'font-size': 11, fill: colors.quiet }),
  )
}
