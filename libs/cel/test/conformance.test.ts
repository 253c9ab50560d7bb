// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from '@jest/globals'
import { check } from '../src/check/checker.ts'
import { formatType, generic, parseType, simple } from '../src/check/types.ts'
import type { SimpleKind, Type } from '../src/check/types.ts'
import { Budget } from '../src/evaluate/budget.ts'
import { evaluate } from '../src/evaluate/evaluator.ts'
import { messages } from '../src/messages/descriptors.ts'
import { parse } from '../src/syntax/parser.ts'
import { Source } from '../src/syntax/source.ts'
import { isEqual } from '../src/value/equality.ts'
import { typeName } from '../src/value/type-of.ts'
import { Double } from '../src/value/values.ts'
import type { Value } from '../src/value/values.ts'
import { gapOf } from './gaps.ts'
import { allVectors, fromWire } from './vectors.ts'
import type { Vector } from './vectors.ts'

const primitives: Readonly<Record<string, SimpleKind>> = {
  INT64: 'int',
  UINT64: 'uint',
  DOUBLE: 'double',
  STRING: 'string',
  BOOL: 'bool',
  BYTES: 'bytes',
}

interface WireType {
  readonly primitive?: string
  readonly messageType?: string
  readonly listType?: { readonly elemType?: WireType }
  readonly mapType?: { readonly keyType?: WireType; readonly valueType?: WireType }
}

function toType(type: WireType | undefined): Type {
  if (type?.listType !== undefined) return generic('list', toType(type.listType.elemType))
  if (type?.mapType !== undefined) return generic('map', toType(type.mapType.keyType), toType(type.mapType.valueType))
  const message = messages.get(type?.messageType ?? '')
  if (message !== undefined) return parseType(message.type)
  return simple(primitives[type?.primitive ?? ''] ?? 'dyn')
}

function typeText(text: string): string {
  return text
    .replaceAll('google.protobuf.Timestamp', 'timestamp')
    .replaceAll('google.protobuf.Duration', 'duration')
    .replaceAll(/\s/g, '')
}

function run(vector: Vector): { value?: Value; type?: string } {
  const node = parse(vector.expression)
  let type: string | undefined
  if (!vector.unchecked && vector.type !== undefined) {
    const variables = Object.fromEntries(
      Object.entries(vector.types).map(([name, each]) => [name, toType(each as WireType)]),
    )
    const source = new Source(vector.expression)
    const checked = check(source, node, { variables, validated: false })
    if (checked.problems.length > 0) throw source.error(checked.problems)
    type = typeText(formatType(checked.type))
  }
  const result = type === undefined ? {} : { type }
  if (vector.checkOnly) return result
  const bindings = Object.fromEntries(Object.entries(vector.bindings).map(([name, value]) => [name, fromWire(value)]))
  const frame = { bindings, budget: new Budget(1_000_000), patterns: new Map() }
  return { ...result, value: evaluate(node, frame, undefined) }
}

function isSame(a: Value, b: Value): boolean {
  if (a instanceof Double && Number.isNaN(a.value)) return b instanceof Double && Number.isNaN(b.value)
  return typeName(a) === typeName(b) && isEqual(a, b, new Budget(1_000_000))
}

function passes(vector: Vector): boolean {
  let result: ReturnType<typeof run>
  try {
    result = run(vector)
  } catch {
    return vector.fails
  }
  if (vector.fails) return false
  if (result.type !== undefined && result.type !== typeText(vector.type ?? '')) return false
  return vector.checkOnly || (result.value !== undefined && isSame(fromWire(vector.value ?? {}), result.value))
}

const vectors = allVectors()

describe('the vectors of the CEL specification', () => {
  const covered = vectors.filter((vector) => gapOf(vector) === undefined)

  it.each(covered)('$id', (vector) => {
    expect({ value: vector.value, fails: vector.fails, passes: passes(vector) }).toMatchObject({ passes: true })
  })

  it('are nearly all those of the functions and operators that Flux enables', () => {
    const gaps = Object.entries(Object.groupBy(vectors, (vector) => gapOf(vector) ?? 'none'))
    const counts = Object.fromEntries(gaps.map(([gap, list]) => [gap, list?.length]))
    expect(counts).toMatchInlineSnapshot(`
{
  "cel-go differs": 7,
  "environment": 12,
  "messages": 551,
  "none": 1463,
  "not enabled by Flux": 311,
}
`)
  })

  it('that are named as gaps one by one do fail: a gap that is closed leaves the list', () => {
    const closed = vectors.filter((vector) => gapOf(vector) === 'cel-go differs' && passes(vector))
    expect(closed.map(({ id }) => id)).toEqual([])
  })
})
