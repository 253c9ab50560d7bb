// SPDX-License-Identifier: Apache-2.0
import { tests } from '@bufbuild/cel-spec/testdata/conformance.js'
import { parseDuration, parseTimestamp } from '../src/value/time.ts'
import { Double, EntryMap, TypeValue, Uint } from '../src/value/values.ts'
import type { Value } from '../src/value/values.ts'

/** A vector of the CEL specification: an expression, its variables and what it must yield. */
export interface Vector {
  /** `file/section/name`. */
  readonly id: string
  readonly expression: string
  /** Checking of types is left out. */
  readonly unchecked: boolean
  readonly checkOnly: boolean
  readonly bindings: Readonly<Record<string, WireValue>>
  /** Declared types of variables, as far as they are given. */
  readonly types: Readonly<Record<string, unknown>>
  readonly value: WireValue | undefined
  readonly fails: boolean
  /** The type that cel-go's checker derives. */
  readonly type: string | undefined
}

/** A value in the JSON form of cel.expr.Value. */
export type WireValue = Readonly<Record<string, unknown>>

interface RawTest {
  readonly original: Readonly<Record<string, unknown>> & {
    readonly name?: string
    readonly expr: string
    readonly container?: string
  }
  readonly type?: string
}

interface RawSuite {
  readonly name: string
  readonly suites?: readonly RawSuite[]
  readonly tests?: readonly RawTest[]
}

/** All vectors of the specification. */
export function allVectors(): Vector[] {
  return [...walk(tests, [])]
}

function* walk(suite: RawSuite, path: readonly string[]): Generator<Vector> {
  for (const each of suite.suites ?? []) yield* walk(each, [...path, each.name])
  for (const test of suite.tests ?? []) yield toVector(test, path)
}

function toVector({ original, type }: RawTest, path: readonly string[]): Vector {
  const bindings = (original['bindings'] ?? {}) as Record<string, { value?: WireValue }>
  const declared = (original['typeEnv'] ?? []) as { name: string; ident?: { type?: unknown } }[]
  const typed = original['typedResult'] as { result?: WireValue } | undefined
  const fails = original['evalError'] !== undefined || original['anyEvalErrors'] !== undefined
  return {
    id: [...path, original.name ?? original.expr].join('/'),
    expression: original.container === 'google.protobuf' ? qualified(original.expr) : original.expr,
    unchecked: original['disableCheck'] === true,
    checkOnly: original['checkOnly'] === true,
    bindings: Object.fromEntries(Object.entries(bindings).map(([name, { value }]) => [name, value ?? {}])),
    types: Object.fromEntries(declared.map(({ name, ident }) => [name, ident?.type])),
    value: fails ? undefined : ((original['value'] as WireValue | undefined) ?? typed?.result ?? { boolValue: true }),
    fails,
    type,
  }
}

// Flux has no container: names are written in full
function qualified(expression: string): string {
  return expression.replaceAll(
    /(?<![.\w])(?=(?:\w*Value|Struct|Any|Empty|Duration|Timestamp)\{|NullValue\.)/g,
    'google.protobuf.',
  )
}

/** A value from its wire form; throws a TypeError for messages that are no well-known types. */
export function fromWire(wire: WireValue): Value {
  const [entry] = Object.entries(wire)
  if (entry === undefined) throw new TypeError('no value')
  const [kind, value] = entry
  switch (kind) {
    case 'int64Value':
      return BigInt(value as string)
    case 'uint64Value':
      return new Uint(BigInt(value as string))
    case 'doubleValue':
      return new Double(Number(value))
    case 'stringValue':
    case 'boolValue':
      return value as string | boolean
    case 'nullValue':
      return null
    case 'bytesValue':
      return Uint8Array.from(Buffer.from(value as string, 'base64'))
    case 'typeValue':
      return new TypeValue(value as string)
    default:
      return fromAggregate(kind, value)
  }
}

function fromAggregate(kind: string, value: unknown): Value {
  if (kind === 'listValue') return ((value as { values?: WireValue[] }).values ?? []).map(fromWire)
  if (kind === 'mapValue') {
    const map = new EntryMap()
    const entries = (value as { entries?: { key: WireValue; value: WireValue }[] }).entries ?? []
    for (const each of entries) map.set(fromWire(each.key), fromWire(each.value))
    return map
  }
  const { '@type': type, value: json } = value as { '@type': string; value: unknown }
  const parsed = fromMessage(type.replace('type.googleapis.com/google.protobuf.', ''), json)
  if (kind === 'objectValue' && parsed !== undefined) return parsed
  throw new TypeError(`message ${type}`)
}

// a message of a well-known type from its JSON form
function fromMessage(type: string, json: unknown): Value | undefined {
  switch (type) {
    case 'Timestamp':
      return parseTimestamp(json as string)
    case 'Duration':
      return parseDuration(json as string)
    case 'Int32Value':
    case 'Int64Value':
      return BigInt(json as string)
    case 'UInt32Value':
    case 'UInt64Value':
      return new Uint(BigInt(json as string))
    case 'FloatValue':
      return new Double(Math.fround(Number(json)))
    case 'BytesValue':
      return Uint8Array.from(Buffer.from(json as string, 'base64'))
    case 'BoolValue':
    case 'StringValue':
    case 'DoubleValue':
    case 'Value':
    case 'ListValue':
    case 'Struct':
      return fromJson(json)
    default:
      return undefined
  }
}

function fromJson(json: unknown): Value {
  if (typeof json === 'number') return new Double(json)
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object' || json === null) return json as Value
  const map = new EntryMap()
  for (const [key, value] of Object.entries(json)) map.set(key, fromJson(value))
  return map
}
