// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure, noSuchOverload } from '../errors.ts'
import { compareText } from './code-points.ts'
import { Duration, Timestamp } from './time.ts'
import { adopt, CelMap, Double, MessageValue, Optional, TypeValue, Uint } from './values.ts'
import type { Value } from './values.ts'

/** The number in a numeric value, undefined for others. */
export function numberIn(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint') return value
  return value instanceof Uint || value instanceof Double ? value.value : undefined
}

/** Equality of CEL: numbers by value whatever their type, values of different types differ, NaN differs from itself. */
export function isEqual(a: Value, b: Value, budget: Budget, depth = 0): boolean {
  budget.enter(depth)
  const number = numberIn(a)
  if (number !== undefined) {
    const other = numberIn(b)
    return other !== undefined && orderOfNumbers(number, other) === 0
  }
  if (typeof a === 'string') {
    if (typeof b !== 'string') return false
    budget.spendText(Math.min(a.length, b.length))
    return a === b
  }
  if (typeof a !== 'object' || a === null) return a === b
  if (Array.isArray(a)) return Array.isArray(b) && areListsEqual(a, b, budget, depth)
  if (a instanceof CelMap) return b instanceof CelMap && areMapsEqual(a, b, budget, depth)
  return isSameObject(a, b, budget, depth)
}

function isSameObject(a: object, b: Value, budget: Budget, depth: number): boolean {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b, budget) === 0
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name
  if (a instanceof MessageValue) return b instanceof MessageValue && areMessagesEqual(a, b, budget, depth)
  if (!(a instanceof Optional) || !(b instanceof Optional)) return false
  if (a.value === undefined || b.value === undefined) return a.value === b.value
  return isEqual(a.value, b.value, budget, depth + 1)
}

function areListsEqual(a: readonly unknown[], b: readonly unknown[], budget: Budget, depth: number): boolean {
  return a.length === b.length && a.every((item, i) => isEqual(adopt(item), adopt(b[i]), budget, depth + 1))
}

function areMapsEqual(a: CelMap, b: CelMap, budget: Budget, depth: number): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const other = b.get(key)
    if (other === undefined) return false
    if (!isEqual(a.get(key) ?? null, other, budget, depth + 1)) return false
  }
  return true
}

function areMessagesEqual(a: MessageValue, b: MessageValue, budget: Budget, depth: number): boolean {
  if (a.name !== b.name || a.fields.size !== b.fields.size) return false
  return [...a.fields].every(([name, value]) => {
    const other = b.fields.get(name)
    return other !== undefined && isEqual(value, other, budget, depth + 1)
  })
}

function compareBytes(a: Uint8Array, b: Uint8Array, budget: Budget): number {
  budget.spendText(Math.min(a.length, b.length))
  return Buffer.compare(a, b)
}

/** The order of two values for an operator: negative, zero or positive. Fails for NaN and for types without a common order. */
export function compare(operator: string, a: Value, b: Value, budget: Budget): number {
  const [left, right] = [numberIn(a), numberIn(b)]
  if (left !== undefined && right !== undefined) {
    if (Number.isNaN(left) || Number.isNaN(right)) throw failure('NaN values cannot be ordered')
    return orderOfNumbers(left, right) ?? 0
  }
  if (typeof a === 'string' && typeof b === 'string') {
    budget.spendText(Math.min(a.length, b.length))
    return compareText(a, b)
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b)
  if (a instanceof Uint8Array && b instanceof Uint8Array) return compareBytes(a, b, budget)
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos)
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos)
  throw noSuchOverload(operator)
}

function order(a: bigint | number, b: bigint | number): number {
  return a < b ? -1 : a > b ? 1 : 0
}

// cel-go compares an integer with a double as doubles, so near 2^63 both may be equal
function orderOfNumbers(a: bigint | number, b: bigint | number): number | undefined {
  if (Number.isNaN(a) || Number.isNaN(b)) return undefined
  return typeof a === typeof b ? order(a, b) : order(Number(a), Number(b))
}
