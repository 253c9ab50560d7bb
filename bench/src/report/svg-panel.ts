// SPDX-License-Identifier: Apache-2.0
import { colors, element, text } from './svg-element.ts'

/** One figure at a number of apps. */
export interface Point {
  readonly apps: number
  readonly value: number
}

/** What one panel shows. */
export interface PanelOptions {
  readonly title: string
  readonly unit: 's' | 'CPU-s'
  readonly own: readonly Point[]
  readonly flux: readonly Point[]
  /** Marked on the axis beside those of Flux. */
  readonly apps: readonly number[]
}

/** Size of a panel, its title and axes included. */
export const panelWidth = 400
export const panelHeight = 270

const plot = { left: 44, top: 30, right: panelWidth - 22, bottom: panelHeight - 40 }

/** Draws one panel, with its left upper corner at the origin. */
export function drawPanel({ title, unit, own, flux, apps }: PanelOptions): string[] {
  const points = [...own, ...flux]
  const marks = [...new Set([...apps, ...flux.map((point) => point.apps)])].toSorted((a, b) => a - b)
  const x = scale(Math.min(...marks) / 1.35, Math.max(...marks) * 1.35, plot.left, plot.right)
  const [low, high] = bounds(points.map(({ value }) => value))
  const y = scale(low, high, plot.bottom, plot.top)
  return [
    text(0, 14, `${title} (${unit})`, { 'font-size': 14, 'font-weight': 600 }),
    ...powersOfTen(low, high).flatMap((value) => gridLine(y(value), String(value))),
    element('line', { x1: plot.left, x2: plot.right, y1: plot.bottom, y2: plot.bottom, stroke: colors.quiet }),
    ...spread(marks, x).map((mark) =>
      text(x(mark), plot.bottom + 18, String(mark), { 'text-anchor': 'middle', fill: colors.quiet }),
    ),
    text((plot.left + plot.right) / 2, plot.bottom + 36, 'apps', { 'text-anchor': 'middle', fill: colors.quiet }),
    ...drawLine(flux, x, y, { color: colors.flux, isOwn: false }),
    ...drawLine(own, x, y, { color: colors.own, isOwn: true }),
  ]
}

type Scale = (value: number) => number

function scale(low: number, high: number, from: number, to: number): Scale {
  const whole = Math.log(high / low)
  return (value) => Math.round((from + (Math.log(value / low) / whole) * (to - from)) * 10) / 10
}

/** The values' extremes, with room for the numbers beside the points. */
function bounds(values: readonly number[]): [number, number] {
  const positive = values.filter((value) => value > 0)
  return [Math.min(...positive) / 2.6, Math.max(...positive) * 2.2]
}

function powersOfTen(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low))
  const count = Math.floor(Math.log10(high)) - first + 1
  return Array.from({ length: count }, (_, index) => Number((10 ** (first + index)).toPrecision(1)))
}

/** Marks whose numbers do not touch; the largest stays. */
function spread(marks: readonly number[], x: Scale): number[] {
  const shown: number[] = []
  for (const mark of marks.toReversed()) {
    const last = shown.at(-1)
    if (last === undefined || x(last) - x(mark) >= 34) shown.push(mark)
  }
  return shown
}

function gridLine(y: number, label: string): string[] {
  return [
    element('line', { x1: plot.left, x2: plot.right, y1: y, y2: y, stroke: colors.grid }),
    text(plot.left - 8, y + 4, label, { 'text-anchor': 'end', fill: colors.quiet }),
  ]
}

interface LineStyle {
  readonly color: string
  /** Ours is drawn through, with discs and its numbers below; the other dashed, with squares and its numbers above. */
  readonly isOwn: boolean
}

/** Keeps a number readable where a line runs behind it. */
const halo = { stroke: colors.background, 'stroke-width': 4, 'paint-order': 'stroke', 'stroke-linejoin': 'round' }

function threeDigits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function drawLine(points: readonly Point[], x: Scale, y: Scale, { color, isOwn }: LineStyle): string[] {
  const drawn = points.filter(({ value }) => value > 0)
  const path = drawn.map(({ apps, value }) => `${x(apps)},${y(value)}`).join(' ')
  const dash = isOwn ? {} : { 'stroke-dasharray': '6 4' }
  return [
    element('polyline', { points: path, fill: 'none', stroke: color, 'stroke-width': 2.5, ...dash }),
    ...drawn.flatMap(({ apps, value }) => {
      const [cx, cy] = [x(apps), y(value)]
      const mark = isOwn
        ? element('circle', { cx, cy, r: 5, fill: color })
        : element('rect', { x: cx - 5, y: cy - 5, width: 10, height: 10, fill: color })
      const at = { 'text-anchor': 'middle', fill: color, 'font-weight': 600, ...halo }
      return [mark, text(cx, isOwn ? cy + 20 : cy - 11, threeDigits(value), at)]
    }),
  ]
}
