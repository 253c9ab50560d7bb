// SPDX-License-Identifier: Apache-2.0
import { failure } from '../errors.ts'

const maxPrecision = 100

/** A clause of a format, such as `%.2f`. */
export interface Clause {
  readonly verb: string
  readonly precision: number
  /** Its length after the percent sign. */
  readonly length: number
}

/** What is done with the parts of a format: with text, and with a clause, whose length after the percent sign is returned. */
export interface FormatParts {
  text(part: string): void
  clause(rest: string): number
}

/** Goes through a format from its start to its end. */
export function scanFormat(format: string, parts: FormatParts): void {
  for (let at = 0; at < format.length;) {
    const percent = format.indexOf('%', at)
    if (percent < 0) return parts.text(format.slice(at))
    if (percent > at) parts.text(format.slice(at, percent))
    if (format[percent + 1] === '%') {
      parts.text('%')
      at = percent + 2
    } else {
      at = percent + 1 + parts.clause(format.slice(percent + 1, percent + 20))
    }
  }
}

/** Reads the clause that a text starts with, without the percent sign. Fails for what is no clause and for too high a precision. */
export function parseClause(rest: string): Clause {
  if (rest === '') throw failure('unexpected end of string')
  const match = /^(?:\.(\d+))?([\s\S])/.exec(rest)
  const precision = Number(match?.[1] ?? 6)
  const verb = match?.[2] ?? ''
  if (match === null || verb === '.') throw failure('could not parse formatting clause: error while parsing precision')
  if (precision > maxPrecision) throw failure(`precision ${precision} is over the limit of ${maxPrecision}`)
  if (!Object.hasOwn(rules, verb)) {
    throw failure(`could not parse formatting clause: unrecognized formatting clause "${verb}"`)
  }
  return { verb, precision, length: match[0].length }
}

const hex = 'only ints, uints, bytes, and strings can be formatted as hex'
const rules: Readonly<Record<string, string>> = {
  b: 'only ints, uints, and bools can be formatted as binary',
  d: 'decimal clause can only be used on ints, uints, and doubles',
  e: 'scientific clause can only be used on ints, uints, and doubles',
  f: 'fixed-point clause can only be used on ints, uints, and doubles',
  o: 'octal clause can only be used on ints and uints',
  s: 'string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
  x: hex,
  X: hex,
}

/** Why a clause does not take a value of that type. */
export function refusal(verb: string, type: string): string {
  return `error during formatting: ${rules[verb]}, was given ${type}`
}
