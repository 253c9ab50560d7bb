// SPDX-License-Identifier: Apache-2.0
import type { Json } from '@tidelock/api'
import { compare } from './compare.ts'
import type { Line } from './diff-kustomization.ts'
import { printDifferences } from './print-difference.ts'
import type { PrintOptions } from './print-difference.ts'

/** What applying would do, as `flux diff` prints it: a line an object, and under it what differs. */
export function printDiff(lines: readonly Line[], options: PrintOptions): string {
  return lines.map((line) => printLine(line, options)).join('')
}

function printLine(line: Line, options: PrintOptions): string {
  const { colors } = options
  switch (line.kind) {
    case 'created': {
      const note = line.note === undefined ? '' : colors.dim(` (${line.note})`)
      return `${colors.green(`► ${line.subject} created`)}${note}\n`
    }
    case 'deleted':
      return `${colors.red(`► ${line.subject} deleted`)}\n`
    case 'skipped':
      return `${colors.yellow(`► ${line.subject} skipped`)}\n`
    case 'drifted': {
      const { subject, sides } = line
      const head = colors.bold(`► ${subject} drifted`)
      if (sides === undefined) return `${head}${colors.dim(' (the live object may not be read)')}\n`
      const [live, merged] = sides as unknown as readonly [Json, Json]
      return `${head}\n${printDifferences(compare(sorted(live), sorted(merged)), options)}`
    }
    case 'nested':
      return `📁 ${line.subject} changed\n${printDiff(line.lines, options)}`
    case 'remote':
      return `${colors.yellow(`⚠️ ${line.subject} skipped: diff not supported for remote clusters`)}\n`
  }
}

/** With the members of every map in the order of their names: `flux` compares YAML that Go wrote so. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => sorted(each))
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value as Readonly<Record<string, Json>>)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, inner]) => [name, sorted(inner)]))
}
