// SPDX-License-Identifier: Apache-2.0
import { stripVTControlCharacters } from 'node:util'
import type { Json, JsonObject } from '@tidelock/api'
import { stringify } from 'yaml'
import type { Detail, Difference, PathStep } from './compare.ts'
import { printTextChange } from './print-text-change.ts'
import type { Colors } from './print-text-change.ts'
import { visible } from './visible.ts'

/** How differences are printed. */
export interface PrintOptions {
  readonly colors: Colors
  /** Width that two blocks may take beside each other. */
  readonly columns: number
}

/** The differences of one object as lines for people, in the form of `flux diff`; ends in an empty line. */
export function printDifferences(differences: readonly Difference[], options: PrintOptions): string {
  return differences.map((each) => `\n${printDifference(each, options)}\n`).join('') + '\n'
}

function printDifference({ path, details }: Difference, options: PrintOptions): string {
  const blocks = details.map((detail) => printDetail(detail, options))
  return [printPath(path, options), ...beside(blocks, options.columns)].join('\n')
}

function printPath(path: readonly PathStep[], { colors }: PrintOptions): string {
  if (path.length === 0) return colors.bold('(root level)')
  const steps = path.map(({ text, isName }) => (isName ? colors.italic(visible(text)) : visible(text)))
  return colors.bold(steps.join('.'))
}

function printDetail(detail: Detail, options: PrintOptions): readonly string[] {
  const { colors } = options
  switch (detail.kind) {
    case 'added':
    case 'removed': {
      const { entries, kind } = detail
      const [sign, paint] = kind === 'added' ? (['+', colors.green] as const) : (['-', colors.red] as const)
      return [
        colors.yellow(`${sign} ${count(entries)} ${kind}:`),
        ...toYaml(entries).map((line) => paint(`  ${visible(line)}`)),
      ]
    }
    case 'reordered': {
      const list = (values: readonly Json[]): string => values.map((value) => toYaml(value).join(' ')).join(', ')
      return [
        colors.yellow('⇆ order changed'),
        colors.red(`- ${visible(list(detail.from))}`),
        colors.green(`+ ${visible(list(detail.to))}`),
      ]
    }
    case 'changed':
      return printChange(detail.from, detail.to, options)
  }
}

function printChange(from: Json, to: Json, options: PrintOptions): readonly string[] {
  const { colors } = options
  if (typeof from === 'string' && typeof to === 'string') return printTextChange(from, to, colors)
  const [before, after] = [typeName(from), typeName(to)]
  const title = before === after ? '± value change' : `± type change from ${before} to ${after}`
  const block = (sign: string, value: Json): string[] =>
    (value === null ? ['<nil>'] : toYaml(value)).map((line, index) => `${index === 0 ? sign : ' '} ${visible(line)}`)
  return [
    colors.yellow(title),
    ...block('-', from).map((line) => colors.red(line)),
    ...block('+', to).map((line) => colors.green(line)),
  ]
}

function typeName(value: Json): string {
  if (value === null) return '<nil>'
  if (Array.isArray(value)) return 'list'
  if (typeof value === 'object') return 'map'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  return 'string'
}

const numbers = [
  'no',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
]

function count(entries: JsonObject | readonly Json[]): string {
  const { length } = Object.keys(entries)
  const [one, many] = Array.isArray(entries) ? ['list entry', 'list entries'] : ['map entry', 'map entries']
  return `${numbers[length] ?? length} ${length === 1 ? one : many}`
}

function toYaml(value: JsonObject | readonly Json[] | Json): string[] {
  return stringify(arranged(value as Json), { lineWidth: 0, version: '1.1', indentSeq: false })
    .trimEnd()
    .split('\n')
}

/** With the maps in a list in the order in which `flux` prints them: the name, then what fits on a line, then what does not. */
function arranged(value: Json): Json {
  if (Array.isArray(value)) return value.map((each) => (isMap(each) ? inOrder(each) : arranged(each)))
  if (!isMap(value)) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, arranged(inner)]))
}

function inOrder(map: JsonObject): JsonObject {
  const rank = ([name, value]: readonly [string, Json]): number =>
    name === 'name' ? 0 : typeof value !== 'object' || value === null || Object.keys(value).length === 0 ? 1 : 2
  const entries = Object.entries(map).map(([name, value]) => [name, arranged(value)] as const)
  return Object.fromEntries(entries.toSorted((a, b) => rank(a) - rank(b)))
}

function isMap(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const gap = '   '

/** Two blocks in two columns where there is room, else one below the other. */
function beside(blocks: readonly (readonly string[])[], columns: number): readonly string[] {
  const widths = blocks.map((block) => Math.max(...block.map((line) => widthOf(line))))
  const total = widths.reduce((sum, width) => sum + width, gap.length * (blocks.length - 1))
  if (blocks.length < 2 || total > columns) return blocks.flat()
  const height = Math.max(...blocks.map(({ length }) => length))
  return Array.from({ length: height }, (_, row) => {
    const cells = blocks.map((block, at) => pad(block[row] ?? '', widths[at] ?? 0))
    return cells.join(gap).trimEnd()
  })
}

function widthOf(line: string): number {
  return Array.from(stripVTControlCharacters(line)).length
}

function pad(line: string, width: number): string {
  return line + ' '.repeat(width - widthOf(line))
}
