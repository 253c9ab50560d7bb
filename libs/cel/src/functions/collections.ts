// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { lengthOf } from '../value/code-points.ts'
import { isEqual } from '../value/equality.ts'
import { Duration, Timestamp } from '../value/time.ts'
import { adopt, CelMap, Double, MessageValue, Optional, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Library } from './library.ts'

/** Functions on lists, maps, bytes and optionals, with the sets and encoders extensions. */
export const collectionFunctions: Library = {
  size: ([value], budget) => sizeOf(value, budget),
  'sets.contains': ([list, part], budget) => onLists(list, part, (a, b) => isSubset(b, a, budget)),
  'sets.equivalent': ([a, b], budget) =>
    onLists(a, b, (one, two) => isSubset(two, one, budget) && isSubset(one, two, budget)),
  'sets.intersects': ([a, b], budget) =>
    onLists(a, b, (one, two) => one.some((item) => includes(two, adopt(item), budget))),
  'base64.encode': ([bytes], budget) => (bytes instanceof Uint8Array ? encodeBase64(bytes, budget) : undefined),
  'base64.decode': ([text], budget) => (typeof text === 'string' ? decodeBase64(text, budget) : undefined),
  'optional.of': ([value]) => (value === undefined ? undefined : new Optional(value)),
  'optional.ofNonZeroValue': ([value]) => {
    return value === undefined ? undefined : isZero(value) ? Optional.none : new Optional(value)
  },
  'optional.none': (args) => (args.length === 0 ? Optional.none : undefined),
  'optional.unwrap': ([list], budget) => (Array.isArray(list) ? unwrap(list, budget) : undefined),
  unwrapOpt: ([list], budget) => (Array.isArray(list) ? unwrap(list, budget) : undefined),
  hasValue: ([optional]) => (optional instanceof Optional ? optional.value !== undefined : undefined),
  value: ([optional]) => (optional instanceof Optional ? valueOf(optional) : undefined),
  first: ([list]) => (Array.isArray(list) ? at(list, 0) : undefined),
  last: ([list]) => (Array.isArray(list) ? at(list, list.length - 1) : undefined),
}

/** The value of an optional; fails if it has none. */
export function valueOf({ value }: Optional): Value {
  if (value === undefined) throw failure('optional.none() dereference')
  return value
}

/** Whether the list has an element equal to the value. */
export function includes(list: readonly unknown[], value: Value, budget: Budget): boolean {
  return list.some((item) => isEqual(adopt(item), value, budget))
}

function sizeOf(value: Value | undefined, budget: Budget): bigint | undefined {
  if (typeof value === 'string') {
    budget.spendText(value.length)
    return BigInt(lengthOf(value))
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return BigInt(value.length)
  return value instanceof CelMap ? BigInt(value.size) : undefined
}

function onLists(
  a: Value | undefined,
  b: Value | undefined,
  apply: (a: readonly unknown[], b: readonly unknown[]) => boolean,
): boolean | undefined {
  return Array.isArray(a) && Array.isArray(b) ? apply(a, b) : undefined
}

function isSubset(part: readonly unknown[], list: readonly unknown[], budget: Budget): boolean {
  return part.every((item) => includes(list, adopt(item), budget))
}

function encodeBase64(bytes: Uint8Array, budget: Budget): string {
  budget.spendText(bytes.length)
  return Buffer.from(bytes).toString('base64')
}

function decodeBase64(text: string, budget: Budget): Uint8Array {
  budget.spendText(text.length)
  const body = text.replace(/[\r\n]/g, '')
  // with its padding or without any; bits that are left over may be anything
  const [, padding] = /^[A-Za-z0-9+/]*(={0,2})$/.exec(body) ?? []
  const isWhole = padding === '' ? body.length % 4 !== 1 : body.length % 4 === 0
  if (padding === undefined || !isWhole) throw failure('illegal base64 data')
  return Uint8Array.from(Buffer.from(body, 'base64'))
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0n) return true
  if (value instanceof Double) return value.value === 0
  if (value instanceof Uint || value instanceof Duration)
    return (value instanceof Uint ? value.value : value.nanos) === 0n
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0
  if (value instanceof CelMap) return value.size === 0
  if (value instanceof MessageValue) return value.fields.size === 0
  if (value instanceof Timestamp) return value.nanos === -62_135_596_800_000_000_000n
  return value instanceof Optional && (value.value === undefined || isZero(value.value))
}

function unwrap(list: readonly unknown[], budget: Budget): Value[] {
  budget.spend(list.length)
  return list.flatMap((item) => {
    if (!(item instanceof Optional)) throw failure('value is not optional')
    return item.value === undefined ? [] : [item.value]
  })
}

function at(list: readonly unknown[], index: number): Optional {
  return index >= 0 && index < list.length ? new Optional(adopt(list[index])) : Optional.none
}
