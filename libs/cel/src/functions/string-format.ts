// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { compareText } from '../value/code-points.ts'
import { formatFixed, formatPositional, formatScientific, formatSpecial } from '../value/numbers.ts'
import { Duration, formatTimestamp, Timestamp } from '../value/time.ts'
import { typeName } from '../value/type-of.ts'
import { adopt, CelMap, Double, TypeValue, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import { formatSeconds } from './conversions.ts'

const maxPrecision = 100

/** `text.format(args)` of cel-go's strings extension, version 4. Fails for unknown clauses and values that a clause does not take. */
export function formatText(text: string, args: readonly unknown[], budget: Budget): string {
  let result = ''
  let used = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] !== '%') result += text[i]
    else if (text[i + 1] === '%') result += text[i++]
    else {
      if (used >= args.length) throw failure(`index ${used} out of range`)
      const clause = parseClause(text.slice(i + 1, i + 20))
      const value = adopt(args[used++])
      const formatted = formatClause(clause, value, budget)
      budget.spendText(formatted.length)
      result += formatted
      i += clause.length
    }
  }
  return result
}

interface Clause {
  readonly verb: string
  readonly precision: number
  readonly length: number
}

function parseClause(rest: string): Clause {
  if (rest === '') throw failure('unexpected end of string')
  const match = /^(?:\.(\d+))?([\s\S])/.exec(rest)
  const precision = Number(match?.[1] ?? 6)
  const verb = match?.[2] ?? ''
  if (match === null || verb === '.') throw failure('could not parse formatting clause: error while parsing precision')
  if (precision > maxPrecision) throw failure(`precision ${precision} is over the limit of ${maxPrecision}`)
  return { verb, precision, length: match[0].length }
}

function formatClause({ verb, precision }: Clause, value: Value, budget: Budget): string {
  switch (verb) {
    case 's':
      return formatAny(value, budget, 0)
    case 'd':
      return formatDecimal(value) ?? refuse('decimal clause can only be used on ints, uints, and doubles', value)
    case 'f':
      return formatPrecise(value, 'fixed-point', (number) => formatFixed(number, precision))
    case 'e':
      return formatPrecise(value, 'scientific', (number) => formatScientific(number, precision))
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0'
      return inBase(value, 2) ?? refuse('only ints, uints, and bools can be formatted as binary', value)
    case 'o':
      return inBase(value, 8) ?? refuse('octal clause can only be used on ints and uints', value)
    case 'x':
      return formatHex(value)
    case 'X':
      return formatHex(value).toUpperCase()
    default:
      throw failure(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
  }
}

function refuse(rule: string, value: Value): never {
  throw failure(`error during formatting: ${rule}, was given ${typeName(value)}`)
}

function formatDouble(value: number): string {
  return formatSpecial(value, 'Infinity', '-Infinity') ?? formatPositional(value)
}

function formatDecimal(value: Value): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint) return String(value.value)
  return value instanceof Double ? formatDouble(value.value) : undefined
}

function formatPrecise(value: Value, clause: string, format: (number: number) => string): string {
  const number = typeof value === 'bigint' ? Number(value) : value instanceof Uint ? Number(value.value) : undefined
  if (number !== undefined) return format(number)
  if (!(value instanceof Double)) refuse(`${clause} clause can only be used on ints, uints, and doubles`, value)
  return formatSpecial(value.value, 'Infinity', '-Infinity') ?? format(value.value)
}

function inBase(value: Value, base: number): string | undefined {
  if (typeof value === 'bigint') return value.toString(base)
  return value instanceof Uint ? value.value.toString(base) : undefined
}

function formatHex(value: Value): string {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return inBase(value, 16) ?? refuse('only ints, uints, bytes, and strings can be formatted as hex', value)
}

function formatAny(value: Value, budget: Budget, depth: number): string {
  budget.enter(depth)
  if (typeof value === 'string') return spent(value, budget)
  if (value === null || typeof value === 'boolean') return String(value)
  if (value instanceof Uint8Array) return spent(Buffer.from(value).toString(), budget)
  if (value instanceof Duration) return formatSeconds(value)
  if (value instanceof Timestamp) return formatTimestamp(value, 0)
  if (value instanceof TypeValue) return value.name
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown) => formatAny(adopt(item), budget, depth + 1)).join(', ')}]`
  }
  if (value instanceof CelMap) return formatMap(value, budget, depth)
  const allowed = 'strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps'
  return formatDecimal(value) ?? refuse(`string clause can only be used on ${allowed}`, value)
}

function spent(text: string, budget: Budget): string {
  budget.spendText(text.length)
  return text
}

function formatMap(map: CelMap, budget: Budget, depth: number): string {
  const entries = [...map.keys()].map((key) => {
    return [formatAny(key, budget, depth + 1), formatAny(map.get(key) ?? null, budget, depth + 1)] as const
  })
  const sorted = entries.sort(([a], [b]) => compareText(a, b))
  return `{${sorted.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
}
