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
import { parseClause, refusal, scanFormat } from './format-clauses.ts'
import type { Clause } from './format-clauses.ts'

/** `text.format(args)` of cel-go's strings extension, version 4. Fails for unknown clauses and values that a clause does not take. */
export function formatText(text: string, args: readonly unknown[], budget: Budget): string {
  let result = ''
  let used = 0
  scanFormat(text, {
    text: (part) => (result += part),
    clause: (rest) => {
      if (used >= args.length) throw failure(`index ${used} out of range`)
      const clause = parseClause(rest)
      const formatted = formatClause(clause, adopt(args[used++]), budget)
      budget.spendText(formatted.length)
      result += formatted
      return clause.length
    },
  })
  return result
}

function formatClause({ verb, precision }: Clause, value: Value, budget: Budget): string {
  return formatAs(verb, precision, value, budget) ?? refuse(verb, value)
}

function formatAs(verb: string, precision: number, value: Value, budget: Budget): string | undefined {
  switch (verb) {
    case 's':
      return formatAny(value, budget, 0)
    case 'd':
      return formatDecimal(value)
    case 'f':
      return formatPrecise(value, (number) => formatFixed(number, precision))
    case 'e':
      return formatPrecise(value, (number) => formatScientific(number, precision))
    case 'b':
      return typeof value === 'boolean' ? (value ? '1' : '0') : inBase(value, 2)
    case 'o':
      return inBase(value, 8)
    default: {
      const hex = formatHex(value)
      return verb === 'X' ? hex?.toUpperCase() : hex
    }
  }
}

function refuse(verb: string, value: Value): never {
  throw failure(refusal(verb, typeName(value)))
}

function formatDouble(value: number): string {
  return formatSpecial(value, 'Infinity', '-Infinity') ?? formatPositional(value)
}

function formatDecimal(value: Value): string | undefined {
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Uint) return String(value.value)
  return value instanceof Double ? formatDouble(value.value) : undefined
}

function formatPrecise(value: Value, format: (number: number) => string): string | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value instanceof Uint ? Number(value.value) : undefined
  if (number !== undefined) return format(number)
  if (!(value instanceof Double)) return undefined
  return formatSpecial(value.value, 'Infinity', '-Infinity') ?? format(value.value)
}

function inBase(value: Value, base: number): string | undefined {
  if (typeof value === 'bigint') return value.toString(base)
  return value instanceof Uint ? value.value.toString(base) : undefined
}

function formatHex(value: Value): string | undefined {
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex')
  return inBase(value, 16)
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
  return formatDecimal(value) ?? refuse('s', value)
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
