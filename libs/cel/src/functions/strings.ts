// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { charactersOf, isPlain } from '../value/code-points.ts'
import { adopt } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Library } from './library.ts'
import { formatText } from './string-format.ts'

type TextFunction = (text: string, rest: readonly Value[], budget: Budget) => Value | undefined

function onText(apply: TextFunction) {
  return ([text, ...rest]: readonly Value[], budget: Budget): Value | undefined => {
    if (typeof text !== 'string') return undefined
    budget.spendText(text.length)
    return apply(text, rest, budget)
  }
}

function withText(apply: (text: string, other: string) => Value) {
  return onText((text, [other], budget) => {
    if (typeof other !== 'string') return undefined
    budget.spend(Math.ceil(text.length / 10) * Math.ceil(other.length / 10))
    return apply(text, other)
  })
}

/** Functions on texts: those of the standard library and cel-go's strings extension. */
export const stringFunctions: Library = {
  contains: withText((text, other) => text.includes(other)),
  startsWith: withText((text, other) => text.startsWith(other)),
  endsWith: withText((text, other) => text.endsWith(other)),
  charAt: onText((text, [index]) => (typeof index === 'bigint' ? charAt(text, index) : undefined)),
  indexOf: onText((text, [other, from], budget) => search(text, other, from, budget, indexOf)),
  lastIndexOf: onText((text, [other, from], budget) => search(text, other, from, budget, lastIndexOf)),
  lowerAscii: onText((text) => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())),
  upperAscii: onText((text) => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase())),
  trim: onText((text) => trim(text)),
  reverse: onText((text, _, budget) => {
    budget.spend(text.length)
    return charactersOf(text).reverse().join('')
  }),
  substring: onText((text, [start, end]) => substring(text, start, end)),
  replace: onText((text, [from, to, count], budget) => replace(text, [from, to, count], budget)),
  split: onText((text, [separator, count], budget) => split(text, separator, count, budget)),
  format: onText((text, [args], budget) => (Array.isArray(args) ? formatText(text, args, budget) : undefined)),
  'strings.quote': onText((text) => quote(text)),
  join: ([list, separator = ''], budget) => {
    return Array.isArray(list) && typeof separator === 'string' ? join(list, separator, budget) : undefined
  },
}

// what Unicode calls white space; the set of JavaScript differs
const whiteSpace = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function trim(text: string): string {
  let [from, to] = [0, text.length]
  while (from < to && whiteSpace.test(text.charAt(from))) from++
  while (to > from && whiteSpace.test(text.charAt(to - 1))) to--
  return text.slice(from, to)
}

function outOfRange(index: bigint): Error {
  return failure(`index out of range: ${index}`)
}

// characters, or the text itself where that has the same indexes
function indexed(text: string): string | string[] {
  return isPlain(text) ? text : charactersOf(text)
}

function charAt(text: string, index: bigint): string {
  const characters = indexed(text)
  if (index < 0n || index > BigInt(characters.length)) throw outOfRange(index)
  return characters[Number(index)] ?? ''
}

function substring(text: string, start: Value | undefined, end: Value | undefined): Value | undefined {
  if (typeof start !== 'bigint' || (end !== undefined && typeof end !== 'bigint')) return undefined
  const characters = indexed(text)
  const length = BigInt(characters.length)
  if (end !== undefined && start > end) throw failure(`invalid substring range. start: ${start}, end: ${end}`)
  if (start < 0n || start > length) throw outOfRange(start)
  if (end !== undefined && end > length) throw outOfRange(end)
  const part = characters.slice(Number(start), end === undefined ? undefined : Number(end))
  return typeof part === 'string' ? part : part.join('')
}

type Search = (text: string, other: string, from: bigint | undefined) => bigint

function search(text: string, other: Value | undefined, from: Value | undefined, budget: Budget, find: Search) {
  if (typeof other !== 'string' || (from !== undefined && typeof from !== 'bigint')) return undefined
  budget.spend(Math.ceil(text.length / 10) * Math.ceil(other.length / 10))
  return find(text, other, from)
}

// an index in UTF-16 units as one in characters, and back
function toCharacters(text: string, units: number): bigint {
  return BigInt(units <= 0 || isPlain(text) ? units : charactersOf(text.slice(0, units)).length)
}

function toUnits(text: string, characters: number): number {
  return isPlain(text) ? characters : charactersOf(text).slice(0, characters).join('').length
}

function indexOf(text: string, other: string, from = 0n): bigint {
  if (other === '') return from
  if (from < 0n) throw outOfRange(from)
  if (from >= BigInt(text.length)) return -1n
  return toCharacters(text, text.indexOf(other, toUnits(text, Number(from))))
}

function lastIndexOf(text: string, other: string, from?: bigint): bigint {
  const length = BigInt(indexed(text).length)
  if (other === '') return from ?? length
  const start = from ?? length - 1n
  if (from !== undefined && from < 0n) throw outOfRange(from)
  if (start < 0n || start >= length) return -1n
  return toCharacters(text, text.lastIndexOf(other, toUnits(text, Number(start))))
}

function replace(text: string, [from, to, count]: readonly (Value | undefined)[], budget: Budget): Value | undefined {
  if (typeof from !== 'string' || typeof to !== 'string') return undefined
  if (count !== undefined && typeof count !== 'bigint') return undefined
  const limit = count === undefined || count < 0n ? Number.MAX_SAFE_INTEGER : Number(count)
  if (limit === 0) return text
  budget.spend(text.length)
  const pieces = from === '' ? ['', ...charactersOf(text), ''] : text.split(from)
  if (from === '' && text === '') pieces.length = 2
  const replaced = Math.min(limit, pieces.length - 1)
  budget.spendText(text.length + replaced * to.length)
  const head = pieces.slice(0, replaced + 1).join(to)
  return [head, ...pieces.slice(replaced + 1)].join(from)
}

function split(
  text: string,
  separator: Value | undefined,
  count: Value | undefined,
  budget: Budget,
): string[] | undefined {
  if (typeof separator !== 'string' || (count !== undefined && typeof count !== 'bigint')) return undefined
  if (count === 0n) return []
  budget.spend(text.length)
  const pieces = separator === '' ? charactersOf(text) : text.split(separator)
  if (count === undefined || count < 0n || BigInt(pieces.length) <= count) return pieces
  const kept = Number(count) - 1
  return [...pieces.slice(0, kept), pieces.slice(kept).join(separator)]
}

function join(list: readonly unknown[], separator: string, budget: Budget): string {
  for (const item of list) {
    if (typeof item !== 'string') throw failure(`join: invalid input: ${describe(adopt(item))}`)
    budget.spend(1 + Math.ceil((item.length + separator.length) / 10))
  }
  return list.join(separator)
}

function describe(value: Value): string {
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : 'a value that is no string'
}

const quoted: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
}

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- these are the characters that quoting is about
  return `"${text.toWellFormed().replace(/[\x07\b\f\n\r\t\v\\"]/g, (character) => quoted[character] ?? character)}"`
}
