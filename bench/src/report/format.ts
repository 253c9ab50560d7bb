// SPDX-License-Identifier: Apache-2.0
import type { Unit } from './figures.ts'

/** A figure with its unit, in as many digits as it was measured with. */
export function formatFigure(value: number, unit: Unit): string {
  return `${formatNumber(value, unit)} ${unit === 'requests' ? '' : unit}`.trimEnd()
}

function formatNumber(value: number, unit: Unit): string {
  switch (unit) {
    case 'requests':
    case 'ms':
    case 'MiB':
      return String(Math.round(value))
    case 's':
    case 'CPU-s':
    case '%':
      return value.toFixed(value < 10 ? 2 : 1)
  }
}

/** How many times the one is the other: `4.2x less`, `1.3x more`, `same`. */
export function formatRatio(ours: number, theirs: number): string {
  if (ours <= 0 || theirs <= 0) return ''
  const [factor, word] = theirs >= ours ? [theirs / ours, 'less'] : [ours / theirs, 'more']
  if (factor < 1.005) return 'same'
  return `${factor.toFixed(factor < 10 ? 2 : 0)}x ${word}`
}
