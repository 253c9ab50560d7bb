// SPDX-License-Identifier: Apache-2.0
import { ApiError } from '../errors.ts'

const nanosPerUnit: ReadonlyMap<string, bigint> = new Map([
  ['ns', 1n],
  ['us', 1_000n],
  ['\u00b5s', 1_000n],
  ['\u03bcs', 1_000n],
  ['ms', 1_000_000n],
  ['s', 1_000_000_000n],
  ['m', 60_000_000_000n],
  ['h', 3_600_000_000_000n],
])
const limit = 1n << 63n
const largest = limit - 1n

/**
 * Milliseconds of a Go duration string such as `1h30m`, `500ms` or `-1.5h`; fractional below a millisecond.
 * Accepts exactly what Go's `time.ParseDuration` accepts. Throws ApiError `InvalidDuration`.
 */
export function parseDuration(text: string): number {
  return Number(parseDurationNanos(text)) / 1e6
}

/** As `parseDuration`, in whole nanoseconds, without loss. */
export function parseDurationNanos(text: string): bigint {
  const negative = text.startsWith('-')
  let rest = negative || text.startsWith('+') ? text.slice(1) : text
  if (rest === '0') return 0n
  if (rest === '') throw invalid(text)
  let total = 0n
  while (rest !== '') {
    const { nanos, length } = parseTerm(rest, text)
    total += nanos
    if (total > limit) throw invalid(text)
    rest = rest.slice(length)
  }
  if (negative) return -total
  if (total > largest) throw invalid(text)
  return total
}

/** One number with its unit at the start of `rest`. */
function parseTerm(rest: string, whole: string): { nanos: bigint; length: number } {
  const [number = '', integer = '', fraction = ''] = /^([0-9]*)(?:\.([0-9]*))?/.exec(rest) ?? []
  if (integer === '' && fraction === '') throw invalid(whole)
  const base = BigInt(integer === '' ? '0' : integer)
  if (base > limit) throw invalid(whole)
  const unit = /^[^.0-9]*/.exec(rest.slice(number.length))?.[0] ?? ''
  if (unit === '') throw new ApiError('InvalidDuration', `time: missing unit in duration ${quote(whole)}`)
  const scale = nanosPerUnit.get(unit)
  if (scale === undefined) {
    throw new ApiError('InvalidDuration', `time: unknown unit ${quote(unit)} in duration ${quote(whole)}`)
  }
  if (base > limit / scale) throw invalid(whole)
  const nanos = base * scale + fractionNanos(fraction, scale)
  if (nanos > limit) throw invalid(whole)
  return { nanos, length: number.length + unit.length }
}

/** Go computes the fraction in float64 and drops the digits that do not fit in 63 bits; so the same is done here. */
function fractionNanos(digits: string, unit: bigint): bigint {
  let value = 0n
  let scale = 1
  for (const digit of digits) {
    if (value > largest / 10n) break
    const next = value * 10n + BigInt(digit)
    if (next > limit) break
    value = next
    scale *= 10
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)))
}

function invalid(text: string): ApiError {
  return new ApiError('InvalidDuration', `time: invalid duration ${quote(text)}`)
}

/** Quotes as Go's time package does: printable ASCII stays, every other byte is written in hexadecimal. */
function quote(text: string): string {
  let quoted = ''
  for (const char of text) {
    if (char === '"' || char === '\\') quoted += `\\${char}`
    else if (char >= ' ' && char < '\u0080') quoted += char
    else for (const byte of Buffer.from(char)) quoted += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return `"${quoted}"`
}
