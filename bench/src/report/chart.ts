// SPDX-License-Identifier: Apache-2.0
import type { Figure } from './figures.ts'
import { formatFigure } from './format.ts'

const barWidth = 40
const eighths = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** Two bars for each figure that Flux has too, both on the scale of the longer one. Empty when there is none. */
export function formatChart(figures: readonly Figure[]): string {
  const blocks = figures.flatMap((figure) => {
    const { label, unit, value, flux } = figure
    if (typeof flux !== 'number') return []
    const longest = Math.max(value, flux)
    const line = (name: string, amount: number): string =>
      `  ${name.padEnd(9)} ${formatBar(amount / longest)} ${formatFigure(amount, unit)}`
    return [`${label}${unit === 'requests' ? '' : ` (${unit})`}`, line('Tidelock', value), line('Flux 2.9', flux)]
  })
  return blocks.join('\n')
}

/** A bar of up to 40 columns for a part of 1, in eighths of a column; never empty for more than nothing. */
export function formatBar(part: number): string {
  if (part <= 0) return ''
  const steps = Math.max(1, Math.round(Math.min(part, 1) * barWidth * 8))
  return '█'.repeat(Math.floor(steps / 8)) + (eighths[steps % 8] ?? '')
}
