// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { Duration, isDurationNanos, Timestamp } from '../value/time.ts'
import { Double, EntryMap, MessageValue, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import { unpackAny } from './any.ts'
import { fieldOf, messages } from './descriptors.ts'
import type { FieldKind, Message } from './descriptors.ts'
import { toField } from './to-field.ts'

/**
 * What `Name{field: value}` stands for, as in cel-go: messages of well-known types become the value that they hold at once, so that
 * `google.protobuf.Int32Value{value: 1}` is the int 1. Fails for types and fields that do not exist and for values that do not fit.
 */
export function makeMessage(name: string, values: ReadonlyMap<string, Value>, budget: Budget): Value {
  const message = messages.get(name)
  if (message === undefined) throw failure(`unknown type: ${name}`)
  const fields = new Map<string, Value>()
  for (const [each, value] of values) {
    const field = fieldOf(message, each)
    if (field === undefined) throw failure(`no such field: ${each}`)
    if (message.exclusive) fields.clear()
    fields.set(each, toField(name, field, value, budget))
  }
  return toValue(message, fields, budget, 0)
}

/** The value that a message with these fields stands for. */
function toValue(message: Message, fields: ReadonlyMap<string, Value>, budget: Budget, depth: number): Value {
  switch (message.name) {
    case 'google.protobuf.Any':
      return unpackAny(fields, (inner, found) => toValue(inner, found, budget, depth + 1), budget, depth)
    case 'google.protobuf.Duration':
      return duration(intIn(fields, 'seconds'), intIn(fields, 'nanos'))
    case 'google.protobuf.Timestamp':
      return new Timestamp(intIn(fields, 'seconds') * second + intIn(fields, 'nanos'))
    case 'google.protobuf.Value':
      for (const [field, value] of fields) return field === 'null_value' ? null : value
      return null
    case 'google.protobuf.Empty':
    case 'google.protobuf.Struct.FieldsEntry':
      return new MessageValue(message.name, fields)
  }
  // wrappers, lists and maps: their only field
  const [field] = message.fields
  return field === undefined ? null : (fields.get(field.name) ?? zeroOf(field.kind))
}

/** The value of a field that is not set. */
export function zeroOf(kind: FieldKind): Value {
  switch (kind) {
    case 'bool':
      return false
    case 'bytes':
      return new Uint8Array()
    case 'double':
    case 'float':
      return new Double(0)
    case 'enum':
    case 'int32':
    case 'int64':
      return 0n
    case 'uint32':
    case 'uint64':
      return new Uint(0n)
    case 'string':
      return ''
    case 'json':
      return null
    case 'json-fields':
    case 'json-map':
      return new EntryMap()
    case 'json-items':
    case 'json-list':
      return []
  }
}

const second = 1_000_000_000n

function intIn(fields: ReadonlyMap<string, Value>, name: string): bigint {
  const value = fields.get(name)
  return typeof value === 'bigint' ? value : 0n
}

// what does not fit is the longest duration there is, as in Go
function duration(seconds: bigint, nanos: bigint): Duration {
  const whole = seconds * second
  const total = whole + nanos
  if (isDurationNanos(whole) && isDurationNanos(total)) return new Duration(total)
  return new Duration(seconds < 0n ? -(2n ** 63n) : 2n ** 63n - 1n)
}
