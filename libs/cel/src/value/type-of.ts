// SPDX-License-Identifier: Apache-2.0
import { Duration, Timestamp } from './time.ts'
import { CelMap, Double, MessageValue, Optional, Uint } from './values.ts'
import type { Value } from './values.ts'

/** Names of types that an expression may mention, such as `int` in `type(1) == int`. */
export const typeNames: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'google.protobuf.Duration',
  'google.protobuf.Empty',
  'google.protobuf.Struct.FieldsEntry',
  'google.protobuf.Timestamp',
  'int',
  'list',
  'map',
  'null_type',
  'optional_type',
  'string',
  'type',
  'uint',
])

/** The name of a value's type. */
export function typeName(value: Value): string {
  if (typeof value === 'bigint') return 'int'
  if (typeof value === 'string') return 'string'
  return typeof value === 'boolean' ? 'bool' : objectTypeName(value)
}

function objectTypeName(value: Exclude<Value, bigint | string | boolean>): string {
  if (value === null) return 'null_type'
  if (Array.isArray(value)) return 'list'
  if (value instanceof CelMap) return 'map'
  if (value instanceof Double) return 'double'
  if (value instanceof Uint) return 'uint'
  if (value instanceof Uint8Array) return 'bytes'
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp'
  if (value instanceof Duration) return 'google.protobuf.Duration'
  if (value instanceof Optional) return 'optional_type'
  return value instanceof MessageValue ? value.name : 'type'
}
