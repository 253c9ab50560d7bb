// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure, noSuchOverload } from '../errors.ts'
import { formatPositional, formatShortest } from '../value/numbers.ts'
import {
  Duration,
  formatTimestamp,
  isTimestampNanos,
  parseDuration,
  parseTimestamp,
  Timestamp,
  unixSeconds,
} from '../value/time.ts'
import { typeName } from '../value/type-of.ts'
import { Double, isInt64, isUint64, TypeValue, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'

type Conversion = (value: Value, budget: Budget) => Value | undefined

/** The functions named after types. Each fails when the value cannot be converted. */
export const conversions: ReadonlyMap<string, (value: Value, budget: Budget) => Value> = new Map(
  Object.entries<Conversion>({
    bool: toBool,
    bytes: toBytes,
    double: toDouble,
    duration: toDuration,
    int: toInt,
    string: toText,
    timestamp: toTimestamp,
    uint: toUint,
  }).map(([name, convert]) => [name, checked(name, convert)]),
)

const protoNames: Readonly<Record<string, string>> = {
  duration: 'google.protobuf.Duration',
  timestamp: 'google.protobuf.Timestamp',
}

function checked(name: string, convert: Conversion): (value: Value, budget: Budget) => Value {
  return (value, budget) => {
    if (typeof value === 'string') budget.spendText(value.length)
    const result = convert(value, budget)
    if (result !== undefined) return result
    if (Array.isArray(value) || typeof value === 'object') throw noSuchOverload(name)
    throw failure(`type conversion error from '${typeName(value)}' to '${protoNames[name] ?? name}'`)
  }
}

/** The type of a value, as a value. */
export function toType(value: Value): TypeValue {
  return new TypeValue(typeName(value))
}

const truths: Readonly<Record<string, boolean>> = {
  ...Object.fromEntries(['1', 't', 'T', 'true', 'TRUE', 'True'].map((text) => [text, true])),
  ...Object.fromEntries(['0', 'f', 'F', 'false', 'FALSE', 'False'].map((text) => [text, false])),
}

function toBool(value: Value): Value | undefined {
  if (typeof value === 'boolean') return value
  return typeof value === 'string' && Object.hasOwn(truths, value) ? truths[value] : undefined
}

function toBytes(value: Value): Value | undefined {
  if (typeof value === 'string') return new TextEncoder().encode(value)
  return value instanceof Uint8Array ? value : undefined
}

const decimal = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|inf|infinity|nan)$/i

function toDouble(value: Value): Value | undefined {
  if (value instanceof Double) return value
  if (typeof value === 'bigint') return new Double(Number(value))
  if (value instanceof Uint) return new Double(Number(value.value))
  if (typeof value !== 'string' || !decimal.test(value)) return undefined
  const word = /inf/i.test(value) ? Infinity : Number.NaN
  const number = /[a-df-z]/i.test(value) ? (value.startsWith('-') ? -word : word) : Number(value)
  return Number.isFinite(number) || /[a-df-z]/i.test(value) ? new Double(number) : undefined
}

function toInt(value: Value): Value | undefined {
  if (typeof value === 'bigint') return value
  if (value instanceof Uint) return int(value.value)
  if (value instanceof Double) return fromDouble(value.value, -(2 ** 63), 2 ** 63, 'integer overflow')
  if (value instanceof Timestamp) return unixSeconds(value)
  if (value instanceof Duration) return value.nanos
  if (typeof value !== 'string' || !/^[+-]?\d{1,40}$/.test(value)) return undefined
  const parsed = BigInt(value.replace(/^\+/, ''))
  return isInt64(parsed) ? parsed : undefined
}

function toUint(value: Value): Value | undefined {
  if (value instanceof Uint) return value
  if (value instanceof Double) {
    const whole = fromDouble(value.value, -1, 2 ** 64, 'unsigned integer overflow')
    if (value.value < 0) throw failure('unsigned integer overflow')
    return new Uint(whole)
  }
  if (typeof value === 'bigint') {
    if (!isUint64(value)) throw failure('unsigned integer overflow')
    return new Uint(value)
  }
  if (typeof value !== 'string' || !/^\d{1,40}$/.test(value)) return undefined
  const parsed = BigInt(value)
  return isUint64(parsed) ? new Uint(parsed) : undefined
}

function int(value: bigint): bigint {
  if (!isInt64(value)) throw failure('integer overflow')
  return value
}

// the limits themselves are out of range: a double next to them is not exact
function fromDouble(value: number, above: number, below: number, message: string): bigint {
  if (!(value > above && value < below)) throw failure(message)
  return BigInt(Math.trunc(value))
}

function toText(value: Value): Value | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value)
  if (value instanceof Uint) return String(value.value)
  if (value instanceof Double) return formatShortest(value.value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  if (value instanceof Duration) return formatSeconds(value)
  return value instanceof Uint8Array ? decode(value) : undefined
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw failure('invalid UTF-8 in bytes, cannot convert to string')
  }
}

/** A duration as text: its seconds with a fraction where there is one. */
export function formatSeconds({ nanos }: Duration): string {
  const whole = nanos / 1_000_000_000n
  return `${formatPositional(Number(whole) + Number(nanos - whole * 1_000_000_000n) / 1e9)}s`
}

function toTimestamp(value: Value): Value | undefined {
  if (value instanceof Timestamp) return value
  const time =
    typeof value === 'bigint'
      ? new Timestamp(value * 1_000_000_000n)
      : typeof value === 'string'
        ? parseTimestamp(value)
        : undefined
  if (time !== undefined && !isTimestampNanos(time.nanos)) throw failure('timestamp overflow')
  return time
}

function toDuration(value: Value): Value | undefined {
  if (value instanceof Duration) return value
  return typeof value === 'string' ? parseDuration(value) : undefined
}
