// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { Duration, Timestamp } from '../value/time.ts'
import { typeName } from '../value/type-of.ts'
import { CelMap, Double, MessageValue, Optional, TypeValue, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import type { Field, FieldKind } from './descriptors.ts'
import { toJson, toJsonItems, toJsonMap } from './to-json.ts'

/** The value of a field that is set to a value in an expression. Fails for values that the field does not take. */
export function toField(message: string, field: Field, value: Value, budget: Budget): Value {
  const { kind, name } = field
  if (kind === 'json-fields' || kind === 'json-items') {
    const fits = kind === 'json-fields' ? value instanceof CelMap : Array.isArray(value)
    if (!fits) throw failure(`unsupported field type for ${message}.${name}: ${shownType(value)}`)
  }
  try {
    return convert(kind, value instanceof Optional ? held(value) : value, budget)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw failure(`field type conversion error for ${message}.${name} value type: ${error.message}`)
  }
}

function held({ value }: Optional): Value {
  if (value === undefined) throw new TypeError('optional.none() dereference')
  return value
}

function shownType(value: Value): string {
  const name = typeName(value)
  return name === 'list' ? 'list(dyn)' : name === 'map' ? 'map(dyn, dyn)' : name
}

function convert(kind: FieldKind, value: Value, budget: Budget): Value {
  const converted = isScalar(kind) ? toScalar(kind, value) : toAggregate(kind, value, budget)
  if (converted === undefined) throw new TypeError(refusal(kind, value))
  return converted
}

function isScalar(kind: FieldKind): kind is Scalar {
  return !kind.startsWith('json')
}

function toAggregate(kind: Exclude<FieldKind, Scalar>, value: Value, budget: Budget): Value | undefined {
  if (kind === 'json') return toJson(value, budget)
  if (kind === 'json-map' || kind === 'json-fields') {
    return value instanceof CelMap ? toJsonMap(value, budget) : undefined
  }
  return Array.isArray(value) ? toJsonItems(value, budget) : undefined
}

type Scalar = Exclude<FieldKind, `json${string}`>

function toScalar(kind: Scalar, value: Value): Value | undefined {
  switch (kind) {
    case 'bool':
      return typeof value === 'boolean' ? value : undefined
    case 'string':
      return typeof value === 'string' ? value : undefined
    case 'bytes':
      return value instanceof Uint8Array ? value : undefined
    case 'double':
      return value instanceof Double ? value : undefined
    case 'float':
      return value instanceof Double ? new Double(Math.fround(value.value)) : undefined
    case 'int64':
      return typeof value === 'bigint' ? value : undefined
    case 'int32':
    case 'enum':
      return typeof value === 'bigint' ? within(value, BigInt.asIntN(32, value), 'integer overflow') : undefined
    case 'uint64':
      return value instanceof Uint ? value : undefined
    case 'uint32':
      if (!(value instanceof Uint)) return undefined
      within(value.value, BigInt.asUintN(32, value.value), 'unsigned integer overflow')
      return value
  }
}

function within(value: bigint, cut: bigint, message: string): bigint {
  if (value !== cut) throw new TypeError(message)
  return value
}

const goTypes: Readonly<Record<FieldKind, string>> = {
  bool: 'bool',
  bytes: '[]uint8',
  double: 'float64',
  enum: 'protoreflect.EnumNumber',
  float: 'float32',
  int32: 'int32',
  int64: 'int64',
  string: 'string',
  uint32: 'uint32',
  uint64: 'uint64',
  json: '*structpb.Value',
  'json-map': '*structpb.Struct',
  'json-list': '*structpb.ListValue',
  'json-fields': '*structpb.Struct',
  'json-items': '*structpb.ListValue',
}

// the words of cel-go, which differ from type to type
function refusal(kind: FieldKind, value: Value): string {
  const to = goTypes[kind]
  if (typeof value === 'bigint' || value instanceof Uint) {
    return `unsupported type conversion from '${typeName(value)}' to ${to}`
  }
  if (typeof value === 'string') return `unsupported native conversion from string to '${to}'`
  if (value instanceof TypeValue) return "type conversion not supported for 'type'"
  return `type conversion error from ${goName(value)} to '${to}'`
}

function goName(value: Value): string {
  if (value === null) return "'null_type'"
  if (value instanceof Double) return 'Double'
  if (value instanceof Uint8Array) return 'Bytes'
  if (value instanceof Duration) return "'Duration'"
  if (value instanceof Timestamp) return "'Timestamp'"
  return value instanceof MessageValue ? `'${value.name}'` : typeName(value)
}
