// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure, noSuchOverload } from '../errors.ts'
import { Duration, isDurationNanos, isTimestampNanos, Timestamp } from '../value/time.ts'
import { Double, isInt64, isUint64, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'

/** The arithmetic operators. */
export type Operator = '_+_' | '_-_' | '_*_' | '_/_' | '_%_'

/** Applies an operator. Fails on overflow, division by zero and types that it does not take. */
export function calculate(operator: Operator, a: Value, b: Value, budget: Budget): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(integer(operator, a, b))
  if (a instanceof Uint && b instanceof Uint) return uint(integer(operator, a.value, b.value))
  if (a instanceof Double && b instanceof Double) return new Double(double(operator, a.value, b.value))
  if (operator === '_+_') return add(a, b, budget)
  if (operator === '_-_') return subtract(a, b)
  throw noSuchOverload()
}

function integer(operator: Operator, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '_+_':
      return a + b
    case '_-_':
      return a - b
    case '_*_':
      return a * b
    case '_/_':
      if (b === 0n) throw failure('division by zero')
      return a / b
    case '_%_':
      if (b === 0n) throw failure('modulus by zero')
      return a % b
  }
}

function double(operator: Operator, a: number, b: number): number {
  switch (operator) {
    case '_+_':
      return a + b
    case '_-_':
      return a - b
    case '_*_':
      return a * b
    case '_/_':
      return a / b
    case '_%_':
      throw noSuchOverload()
  }
}

function add(a: Value, b: Value, budget: Budget): Value {
  if (typeof a === 'string' && typeof b === 'string') {
    budget.spendText(a.length + b.length)
    return a + b
  }
  if (Array.isArray(a) && Array.isArray(b)) {
    budget.spend(a.length + b.length)
    return [...(a as readonly unknown[]), ...(b as readonly unknown[])]
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    budget.spendText(a.length + b.length)
    return Uint8Array.from([...a, ...b])
  }
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos + b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos + b.nanos, a)
  if (a instanceof Duration && b instanceof Timestamp) return timestamp(a.nanos + b.nanos, b)
  throw noSuchOverload()
}

function subtract(a: Value, b: Value): Value {
  if (a instanceof Duration && b instanceof Duration) return duration(a.nanos - b.nanos)
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos - b.nanos, a)
  if (a instanceof Timestamp && b instanceof Timestamp) return duration(a.nanos - b.nanos)
  throw noSuchOverload()
}

/** The negative of an int or double. */
export function negate(value: Value): Value {
  if (typeof value === 'bigint') return int(-value)
  if (value instanceof Double) return new Double(-value.value)
  throw noSuchOverload('-_')
}

function int(value: bigint): bigint {
  if (!isInt64(value)) throw failure('integer overflow')
  return value
}

function uint(value: bigint): Uint {
  if (!isUint64(value)) throw failure('unsigned integer overflow')
  return new Uint(value)
}

function duration(nanos: bigint): Duration {
  if (!isDurationNanos(nanos)) throw failure('duration overflow')
  return new Duration(nanos)
}

function timestamp(nanos: bigint, { zoneMinutes }: Timestamp): Timestamp {
  if (!isTimestampNanos(nanos)) throw failure('timestamp overflow')
  return new Timestamp(nanos, zoneMinutes)
}
