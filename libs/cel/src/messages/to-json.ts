// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { formatSeconds } from '../functions/conversions.ts'
import { Duration, formatTimestamp, Timestamp } from '../value/time.ts'
import { typeName } from '../value/type-of.ts'
import { adopt, CelMap, Double, EntryMap, MessageValue, TypeValue, Uint } from '../value/values.ts'
import type { Optional, Value } from '../value/values.ts'

/**
 * A value as google.protobuf.Value holds it, which knows JSON's types only: all numbers become doubles, or texts where a double is not
 * exact; bytes, moments and durations become texts. Throws a TypeError for what JSON cannot hold. Cost: one for each element.
 */
export function toJson(value: Value, budget: Budget, depth = 0): Value {
  budget.enter(depth)
  if (typeof value === 'bigint') return number(value)
  if (value instanceof Uint) return number(value.value)
  if (typeof value !== 'object' || value === null || value instanceof Double) return value
  if (Array.isArray(value)) return toJsonItems(value, budget, depth)
  if (value instanceof CelMap) return toJsonMap(value, budget, depth)
  if (value instanceof Uint8Array) {
    budget.spendText(value.length)
    return Buffer.from(value).toString('base64')
  }
  if (value instanceof Duration) return formatSeconds(value)
  if (value instanceof Timestamp) return formatTimestamp(value)
  return objectToJson(value as Optional | TypeValue | MessageValue, budget, depth)
}

function objectToJson(value: Optional | TypeValue | MessageValue, budget: Budget, depth: number): Value {
  if (value instanceof TypeValue) throw new TypeError("type conversion not supported for 'type'")
  if (value instanceof MessageValue) {
    const map = new EntryMap()
    for (const [name, each] of value.fields) map.set(name, each)
    return map
  }
  if (value.value === undefined) throw new TypeError('optional.none() dereference')
  return toJson(value.value, budget, depth + 1)
}

const largestExact = 2n ** 53n - 1n

function number(value: bigint): Value {
  return value <= largestExact && value >= -largestExact ? new Double(Number(value)) : String(value)
}

/** The elements of a list, each by `toJson`. */
export function toJsonItems(list: readonly unknown[], budget: Budget, depth = 0): Value[] {
  return list.map((item) => toJson(adopt(item), budget, depth + 1))
}

/** The entries of a map, each by `toJson`. Throws a TypeError for keys that are no texts. */
export function toJsonMap(map: CelMap, budget: Budget, depth = 0): EntryMap {
  const made = new EntryMap()
  for (const key of map.keys()) {
    budget.spend(5)
    if (typeof key !== 'string') throw new TypeError(refusedKey(key))
    made.set(key, toJson(map.get(key) ?? null, budget, depth + 1))
  }
  return made
}

function refusedKey(key: Value): string {
  return typeof key === 'boolean'
    ? "type conversion error from bool to 'string'"
    : `unsupported type conversion from '${typeName(key)}' to string`
}
