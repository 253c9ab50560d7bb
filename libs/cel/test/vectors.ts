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
  readonly original: Readonly<Record<string, unknown>> & { readonly name?: string; readonly expr: string }
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
    expression: original.expr,
    unchecked: original['disableCheck'] === true,
    checkOnly: original['checkOnly'] === true,
    bindings: Object.fromEntries(Object.entries(bindings).map(([name, { value }]) => [name, value ?? {}])),
    types: Object.fromEntries(declared.map(({ name, ident }) => [name, ident?.type])),
    value: fails ? undefined : ((original['value'] as WireValue | undefined) ?? typed?.result ?? { boolValue: true }),
    fails,
    type,
  }
}

/** A value from its wire form; throws a TypeError for messages of protocol buffers. */
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
  const { '@type': type, value: text } = value as { '@type': string; value: string }
  const parsed = type.endsWith('Timestamp')
    ? parseTimestamp(text)
    : type.endsWith('Duration')
      ? parseDuration(text)
      : undefined
  if (kind === 'objectValue' && parsed !== undefined) return parsed
  throw new TypeError(`message ${type}`)
}
