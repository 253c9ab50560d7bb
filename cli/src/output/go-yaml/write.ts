// SPDX-License-Identifier: Apache-2.0
import type { Json, JsonObject } from '@tidelock/api'
import { scalarStyle } from './scalar-style.ts'
import { scalarText } from './scalar-text.ts'
import { compareKeys } from './sort-keys.ts'

/**
 * A JSON value as YAML, byte for byte as flux writes it (go-yaml 2 behind sigs.k8s.io/yaml): sorted keys, lists at the column of
 * their key, long lines folded. What is undefined is left out.
 */
export function toGoYaml(value: Json): string {
  return `${node(value, 0).replace(/^\n/, '')}\n`
}

/** The text behind a key or a dash, with the blank or the line break that comes first. */
function node(value: Json, indent: number, column = 0, isInList = false): string {
  if (Array.isArray(value)) return value.length === 0 ? ' []' : list(value, indent, isInList)
  if (typeof value === 'object' && value !== null) return mapping(value, indent, isInList)
  return ` ${typeof value === 'string' ? scalar(value, indent, column + 1) : String(value)}`
}

function scalar(text: string, indent: number, column: number, isKey = false): string {
  return scalarText(text, scalarStyle(text, isKey), { column, indent: indent + 2, isKey })
}

function mapping(object: JsonObject, indent: number, isInList: boolean): string {
  const entries = Object.entries(object).filter(([, value]) => (value as Json | undefined) !== undefined)
  if (entries.length === 0) return ' {}'
  const lines = entries
    .toSorted(([a], [b]) => compareKeys(a, b))
    .map(([key, value]) => {
      const head = `${scalar(key, indent, indent, true)}:`
      return `${head}${node(value, Array.isArray(value) ? indent : indent + below(value), indent + head.length)}`
    })
  const between = `\n${' '.repeat(indent)}`
  return `${isInList ? ' ' : between}${lines.join(between)}`
}

/** How much deeper the lines below a key stand: a text counts its own two blanks. */
function below(value: Json): number {
  return typeof value === 'object' && value !== null ? 2 : 0
}

function list(items: readonly Json[], indent: number, isInList: boolean): string {
  const lines = items.map((item) => {
    const isNested = typeof item === 'object' && item !== null
    return `-${node(item, isNested ? indent + 2 : indent, indent + 1, true)}`
  })
  const between = `\n${' '.repeat(indent)}`
  return `${isInList ? ' ' : between}${lines.join(between)}`
}
