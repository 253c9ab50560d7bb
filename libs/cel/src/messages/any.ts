// SPDX-License-Identifier: Apache-2.0
import type { Budget } from '../evaluate/budget.ts'
import { failure } from '../errors.ts'
import { Double, EntryMap, Uint } from '../value/values.ts'
import type { Value } from '../value/values.ts'
import { messages } from './descriptors.ts'
import type { Field, FieldKind, Message } from './descriptors.ts'
import { readFields } from './wire.ts'
import type { WireField } from './wire.ts'

type ToValue = (message: Message, fields: ReadonlyMap<string, Value>) => Value

/** What a google.protobuf.Any holds: the message that its URL names, read from its bytes. Fails for other types and other bytes. */
export function unpackAny(fields: ReadonlyMap<string, Value>, toValue: ToValue, budget: Budget, depth: number): Value {
  const url = fields.get('type_url')
  const bytes = fields.get('value') ?? new Uint8Array()
  const name = typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : ''
  const message = messages.get(name)
  if (message === undefined || name.endsWith('Entry') || !(bytes instanceof Uint8Array)) throw unsupported()
  try {
    return toValue(message, toValues(message, readMessage(message, bytes, budget, depth)))
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) throw unsupported()
    throw error
  }
}

function unsupported(): Error {
  return failure('unsupported conversion to ref.Val: (*dynamicpb.Message)')
}

// fields as they are read: a message that comes in pieces is merged
type Read = Map<string, unknown>

function readMessage(message: Message, bytes: Uint8Array, budget: Budget, depth: number, into: Read = new Map()): Read {
  budget.enter(depth)
  budget.spendText(bytes.length)
  for (const wire of readFields(bytes)) {
    budget.spend(1)
    const field = message.fields.find(({ number }) => number === wire.number)
    if (field === undefined || wireTypes[field.kind] !== wire.type) continue
    const before = into.get(field.name)
    if (message.exclusive) into.clear()
    into.set(field.name, readField(field, wire, before, budget, depth))
  }
  return into
}

const wireTypes: Readonly<Record<FieldKind, number>> = {
  bool: 0,
  bytes: 2,
  double: 1,
  enum: 0,
  float: 5,
  int32: 0,
  int64: 0,
  string: 2,
  uint32: 0,
  uint64: 0,
  json: 2,
  'json-map': 2,
  'json-list': 2,
  'json-fields': 2,
  'json-items': 2,
}

const nested: Readonly<Partial<Record<FieldKind, string>>> = {
  json: 'google.protobuf.Value',
  'json-map': 'google.protobuf.Struct',
  'json-list': 'google.protobuf.ListValue',
}

function readField({ kind }: Field, { value }: WireField, before: unknown, budget: Budget, depth: number): unknown {
  if (!(value instanceof Uint8Array)) return readers[kind]?.(value ?? 0n) ?? BigInt.asIntN(64, value ?? 0n)
  const read = (name: string, into?: Read) => readMessage(messages.get(name) as Message, value, budget, depth + 1, into)
  const name = nested[kind]
  if (name !== undefined) return read(name, before instanceof Map ? (before as Read) : undefined)
  if (kind === 'string') return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value)
  if (kind === 'json-items') {
    const items = (before ?? []) as unknown[]
    items.push(read('google.protobuf.Value'))
    return items
  }
  if (kind !== 'json-fields') return Uint8Array.from(value)
  const entry = read('google.protobuf.Struct.FieldsEntry')
  const entries = (before ?? new Map<unknown, unknown>()) as Map<unknown, unknown>
  return entries.set(entry.get('key') ?? '', entry.get('value') ?? new Map())
}

const readers: Readonly<Partial<Record<FieldKind, (value: bigint) => Value>>> = {
  bool: (value) => value !== 0n,
  double: (value) => new Double(floatOf(value, 8)),
  enum: (value) => BigInt.asIntN(32, value),
  float: (value) => new Double(floatOf(value, 4)),
  int32: (value) => BigInt.asIntN(32, value),
  uint32: (value) => new Uint(BigInt.asUintN(32, value)),
  uint64: (value) => new Uint(value),
}

function floatOf(bits: bigint, size: 4 | 8): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, size === 8 ? bits : bits << 32n)
  return size === 8 ? view.getFloat64(0) : view.getFloat32(0)
}

function toValues({ fields }: Message, read: Read): Map<string, Value> {
  const present = fields.filter(({ name }) => read.has(name))
  return new Map(present.map(({ name, kind }) => [name, finish(kind, read.get(name))]))
}

function finish(kind: FieldKind, value: unknown): Value {
  if (kind === 'json') return jsonOf(value as Read)
  if (kind === 'json-map') return toMap((value as Read).get('fields'))
  if (kind === 'json-fields') return toMap(value)
  if (kind === 'json-list') return toList((value as Read).get('values'))
  return kind === 'json-items' ? toList(value) : (value as Value)
}

function toList(items: unknown): Value[] {
  return ((items ?? []) as Read[]).map(jsonOf)
}

function toMap(entries: unknown): EntryMap {
  const map = new EntryMap()
  for (const [key, each] of (entries ?? []) as Iterable<[string, Read]>) map.set(key, jsonOf(each))
  return map
}

function jsonOf(read: Read): Value {
  const value = messages.get('google.protobuf.Value') as Message
  for (const [name, each] of toValues(value, read)) return name === 'null_value' ? null : each
  return null
}
