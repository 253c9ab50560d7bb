// SPDX-License-Identifier: Apache-2.0
import { readVarint, varint } from './wasm/varint.ts'

/** What stays of a message; `into` are fields that are messages with a rule of their own. */
interface MessageRule {
  readonly keeps: (field: number, body: Uint8Array) => boolean
  readonly into: () => Readonly<Record<number, MessageRule>>
}

const lengthDelimited = 2
const only =
  (...fields: readonly number[]) =>
  (field: number): boolean =>
    fields.includes(field)
const nothing = (): Readonly<Record<number, MessageRule>> => ({})
const name = 1
const groupVersionKind = new TextEncoder().encode('x-kubernetes-group-version-kind')

// The numbers are those of gnostic's OpenAPIv2.proto.
const description = 4
const schema: MessageRule = {
  keeps: (field) => field !== description,
  into: () => ({ 21: schemaOrFlag, 23: schemas, 24: schema, 25: schemasByName }),
}
const schemaOrFlag: MessageRule = { keeps: () => true, into: () => ({ 1: schema }) }
const schemas: MessageRule = { keeps: () => true, into: () => ({ 1: schema }) }
const namedSchema: MessageRule = { keeps: () => true, into: () => ({ 2: schema }) }
const schemasByName: MessageRule = { keeps: () => true, into: () => ({ 1: namedSchema }) }
const operation: MessageRule = {
  keeps: (field, body) => field === 13 && startsWithName(body, groupVersionKind),
  into: nothing,
}
const pathItem: MessageRule = { keeps: only(2), into: () => ({ 2: operation }) }
const namedPathItem: MessageRule = { keeps: only(name, 2), into: () => ({ 2: pathItem }) }
const paths: MessageRule = { keeps: only(2), into: () => ({ 2: namedPathItem }) }
const document: MessageRule = { keeps: only(1, 8, 9), into: () => ({ 8: paths, 9: schemasByName }) }

/** Changes with what `leanSchema` leaves. */
export const leanSchemaVersion = 1

/**
 * Leaves of Kubernetes' OpenAPI document, in gnostic's protobuf encoding, what Kustomize reads: the definitions without their descriptions, and of
 * the paths the kind that each one's GET answers. Throws a RangeError for bytes that are no such document.
 */
export function leanSchema(encoded: Uint8Array): Uint8Array {
  return Buffer.concat(filter(encoded, document))
}

function filter(message: Uint8Array, rule: MessageRule): Uint8Array[] {
  const into = rule.into()
  const parts: Uint8Array[] = []
  for (let at = 0; at < message.length;) {
    const field = readField(message, at)
    at = field.end
    const body = message.subarray(field.body, field.end)
    if (!rule.keeps(field.number, body)) continue
    const nested = into[field.number]
    if (nested === undefined) parts.push(message.subarray(field.start, field.end))
    else {
      const kept = Buffer.concat(filter(body, nested))
      parts.push(Uint8Array.from([...varint(field.number * 8 + lengthDelimited), ...varint(kept.length)]), kept)
    }
  }
  return parts
}

interface Field {
  readonly number: number
  readonly start: number
  readonly body: number
  readonly end: number
}

const fixedLengths: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

function readField(message: Uint8Array, start: number): Field {
  const key = readVarint(message, start)
  const number = Math.floor(key.value / 8)
  const wireType = key.value % 8
  const field = (body: number, end: number): Field => {
    if (end > message.length) throw new RangeError('the document is cut off')
    return { number, start, body, end }
  }
  if (wireType === 0) return field(key.end, endOfVarint(message, key.end))
  if (wireType === lengthDelimited) {
    const length = readVarint(message, key.end)
    return field(length.end, length.end + length.value)
  }
  const fixed = fixedLengths[wireType]
  if (fixed === undefined) throw new RangeError(`wire type ${wireType} at ${start}`)
  return field(key.end, key.end + fixed)
}

// a number may have more than 32 bits, and nobody wants to know it
function endOfVarint(message: Uint8Array, start: number): number {
  let at = start
  while ((message[at] ?? 0) >= 0x80) at++
  return at + 1
}

function startsWithName(namedAny: Uint8Array, wanted: Uint8Array): boolean {
  const field = readField(namedAny, 0)
  return field.number === name && Buffer.compare(namedAny.subarray(field.body, field.end), wanted) === 0
}
