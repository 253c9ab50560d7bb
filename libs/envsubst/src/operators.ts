// SPDX-License-Identifier: Apache-2.0
import type { Budget } from './budget.ts'
import type { ByteText } from './bytes.ts'
import { characters, toBytes } from './bytes.ts'
import { SubstitutionError } from './errors.ts'
import { toLower, toLowerFirst, toUpper, toUpperFirst } from './letter-case.ts'
import { trimPrefix, trimSuffix } from './trim.ts'

/** What an operator makes of a variable's value (empty when unset) and its evaluated arguments. */
export type Operator = (value: ByteText, args: readonly ByteText[], budget: Budget) => ByteText

const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  [',', toLowerFirst],
  [',,', toLower],
  ['^', toUpperFirst],
  ['^^', toUpper],
  [':', substring],
  [
    '#',
    (value, [pattern], budget) =>
      pattern === undefined ? String(value.length) : trimPrefix(value, pattern, false, budget),
  ],
  ['##', (value, [pattern = ''], budget) => trimPrefix(value, pattern, true, budget)],
  ['%', (value, [pattern = ''], budget) => trimSuffix(value, pattern, false, budget)],
  ['%%', (value, [pattern = ''], budget) => trimSuffix(value, pattern, true, budget)],
  ['/', (value, [pattern = '', by = '']) => replaceFirst(value, pattern, by)],
  ['//', (value, [pattern = '', by = ''], budget) => replaceAll(value, pattern, by, budget)],
  [
    '/#',
    (value, [pattern = '', by]) =>
      by !== undefined && value.startsWith(pattern) ? by + value.slice(pattern.length) : value,
  ],
  [
    '/%',
    (value, [pattern = '', by]) =>
      by !== undefined && value.endsWith(pattern) ? value.slice(0, value.length - pattern.length) + by : value,
  ],
])

/** The operator of that name; all others, a bare reference among them, fall back on their arguments when the value is empty. */
export function operatorOf(name: string): Operator {
  return operators.get(name) ?? ((value, args) => (value === '' ? args.join('') : value))
}

/** Whether an operator copes with a variable that is not set, so that strict mode has nothing to say. */
export function suppliesDefault(name: string): boolean {
  return /^:?[-+=?]$/.test(name)
}

function substring(value: ByteText, [from = '', count]: readonly ByteText[]): ByteText {
  const offset = toInteger(from)
  if (offset === undefined) return value
  const start = offset < 0 ? Math.max(0, value.length + offset) : offset
  if (count === undefined) return value.slice(start)
  const length = toInteger(count)
  if (length === undefined) return value
  // Flux panics here, where bash would count from the end
  if (length < 0 && start + length < value.length)
    throw new SubstitutionError('BadSyntax', 'bad substitution: the length of a substring is negative')
  return value.slice(start, start + length)
}

/** A 64-bit decimal as Go reads it, or undefined. */
function toInteger(text: string): number | undefined {
  const match = /^([+-]?)0*([0-9]{1,19})$/.exec(text)
  if (match === null) return undefined
  const value = BigInt(`${match[1] === '-' ? '-' : ''}${match[2]}`)
  return value === BigInt.asIntN(64, value) ? Number(value) : undefined
}

function replaceFirst(value: ByteText, pattern: ByteText, by: ByteText): ByteText {
  const at = value.indexOf(pattern)
  return at === -1 ? value : value.slice(0, at) + by + value.slice(at + pattern.length)
}

function replaceAll(value: ByteText, pattern: ByteText, by: ByteText, budget: Budget): ByteText {
  // an empty pattern stands before every character and at the end
  const parts =
    pattern === ''
      ? ['', ...Array.from(characters(value), (each) => toBytes(each.character)), '']
      : value.split(pattern)
  budget.reserve(value.length + by.length * parts.length)
  return parts.join(by)
}
